// The same request as a command line that works when it is pasted into a shell.

import { t } from "../shared/page.js";

const MAX_EMBEDDED_BYTES = 64 * 1024;

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A request in words for a shell: `{hint, command}`. */
export async function commandFor(source, addresses) {
  if (source?.url) {
    return inJson({ url: source.url }, addresses);
  }
  if (source?.blob && source.blob.size <= MAX_EMBEDDED_BYTES) {
    return inJson({ image: await base64(source.blob) }, addresses);
  }
  const name = source?.name ?? "digit.png";
  return {
    hint: t("curl.folder", { name }),
    command: lines(addresses, (address) => `curl -s -F ${quoted(`file=@"${name.replace(/["\\]/g, "\\$&")}"`)} ${quoted(address)}`),
  };
}

function inJson(document, addresses) {
  const body = quoted(JSON.stringify(document));
  return {
    hint: t("curl.anywhere"),
    command: lines(addresses, (address) => `curl -s ${quoted(address)} -H 'Content-Type: application/json' -d ${body}`),
  };
}

const lines = (addresses, line) => addresses.map((address) => line(new URL(address, location.href).href)).join("\n");

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
