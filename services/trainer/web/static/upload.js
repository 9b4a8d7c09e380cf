// The form that uploads a data set: what was chosen is sent, and checked by the service.

import { bar, byId, setBar } from "../shared/dom.js";
import { Problem } from "../shared/http.js";
import { showNotices, showProblem } from "../shared/notices.js";
import { data, percentage, t } from "../shared/page.js";
import { askForKey, keyHeader, lacksKey } from "./access.js";
import { startPicking } from "./picking.js";
import { send } from "./sending.js";
import { bytes } from "./words.js";

const SPOKEN_SHARES = [0.25, 0.5, 0.75];

let giveUp = null; // while something is sent

/** Bring the form to life; `isTaken(name)` says of a name, `onUploaded(about)` gets what is kept. */
export function startUpload({ isTaken, onUploaded }) {
  const form = byId("upload");
  const name = byId("upload-name");
  let picked = null;
  let suggested = "";
  byId("upload-bar").append(bar(0, "progress"));
  const picking = startPicking({
    isBusy: () => giveUp !== null,
    onRefused: (text) => showNotices(byId("upload-news"), [{ text, kind: "caution" }]),
    onPicked(it) {
      picked = it;
      byId("upload-chosen").textContent = it ? chosen(it) : t("upload.drop");
      if (!it) return;
      showNotices(byId("upload-news"), []);
      if (name.value && name.value !== suggested) return;
      suggested = freeName(plainName(it.isFolder ? it.name : it.name.replace(/\.[^.]*$/, "")), isTaken);
      name.value = suggested;
    },
  });

  byId("upload-stop").addEventListener("click", () => giveUp?.abort());
  addEventListener("beforeunload", (event) => { if (giveUp) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (giveUp || !picked) return;
    const fault = refusal(picked, name.value.trim(), isTaken);
    showNotices(byId("upload-news"), fault ? [fault] : []);
    if (fault) return;
    const about = await upload(form, picked);
    if (!about) return;
    form.reset();
    suggested = "";
    picking.clear();
    onUploaded(about);
  });
}

const chosen = ({ name, size, files, isFolder }) =>
  (isFolder ? t("upload.chosenFolder", { name, n: files.length, size: bytes(size) }) : t("upload.chosen", { name, size: bytes(size) }));

/** What would be refused after all is sent, told before. */
function refusal({ size }, name, isTaken) {
  const told = (slug, detail) => ({ text: t(`problem.${slug}`), detail, kind: "alarm" });
  if (size > data.maxUploadBytes) {
    return told("payload-too-large", t("upload.tooLarge", { size: bytes(size), limit: bytes(data.maxUploadBytes) }));
  }
  if (isTaken(name)) return told("dataset-in-use", t("upload.taken", { name }));
  if (!lacksKey()) return null;
  askForKey();
  return told("unauthorized", t("key.hint"));
}

async function upload(form, picked) {
  giveUp = new AbortController();
  const progress = progressView(picked);
  try {
    return await send(address(new FormData(form)), picked, {
      headers: keyHeader(), onProgress: progress.tell, signal: giveUp.signal,
    });
  } catch (error) {
    if (error instanceof Problem) showProblem(byId("upload-news"), error);
    else if (error.name === "AbortError") showNotices(byId("upload-news"), [{ text: t("upload.stopped") }]);
    else throw error;
    if (error.status === 401) askForKey();
    return null;
  } finally {
    giveUp = null;
    progress.end();
  }
}

function address(fields) {
  const query = new URLSearchParams();
  const [height, width] = [fields.get("height"), fields.get("width")];
  if (fields.get("title").trim()) query.set("title", fields.get("title").trim());
  if (height || width) query.set("image_size", `${height || width}x${width || height}`);
  query.set("preprocessing", fields.get("preprocessing"));
  return `/v1/datasets/${encodeURIComponent(fields.get("name").trim())}?${query}`;
}

/** Shows how far a file is, and tells screen readers at every quarter. */
function progressView({ name, size }) {
  const waiting = [...SPOKEN_SHARES];
  const meter = byId("upload-bar");
  byId("upload-go").setAttribute("aria-disabled", "true"); // it keeps the focus
  byId("upload-progress").hidden = false;

  function tell(sent, total) {
    const share = total ? sent / total : 1;
    const isSent = sent >= total;
    const phase = isSent ? t("upload.reading") : t("upload.sending");
    if (byId("upload-phase").textContent !== phase) say(isSent ? phase : t("upload.sendingOf", { name }));
    byId("upload-phase").textContent = phase;
    byId("upload-phase").classList.toggle("busy", isSent);
    byId("upload-amount").textContent = isSent ? "" : t("upload.amount", { share: percentage(share, 0), sent: bytes(sent), total: bytes(total) });
    byId("upload-stop").hidden = isSent; // what was received whole is kept
    setBar(meter.firstElementChild, share);
    meter.setAttribute("aria-valuenow", Math.round(100 * share));
    if (!isSent && share >= waiting[0]) say(t("upload.spoken", { name, share: percentage(waiting.shift(), 0) }));
  }

  tell(0, size);
  return {
    tell,
    end() {
      byId("upload-progress").hidden = true;
      byId("upload-phase").textContent = "";
      byId("upload-stop").hidden = true;
      byId("upload-go").removeAttribute("aria-disabled");
    },
  };
}

const say = (text) => { byId("spoken").textContent = text; };

/** A name of letters that addresses may hold, as the service itself makes one. */
function plainName(title) {
  const plain = title.normalize("NFKD").replace(/\P{ASCII}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9.]+/g, "-").replace(/^[-.]+/, "").slice(0, 60).replace(/[-.]+$/, "") || "data";
}

function freeName(name, isTaken) {
  let number = 1;
  while (isTaken(number === 1 ? name : `${name}-${number}`)) number += 1;
  return number === 1 ? name : `${name}-${number}`;
}
