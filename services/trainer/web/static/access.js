// What changes something: with the key where one is needed, and only after a person said yes.

import { byId } from "../shared/dom.js";
import { ask } from "../shared/http.js";
import { data } from "../shared/page.js";

const KEPT = "gabarito_api_key";

/** Bring the field of the key to life; it is kept until the browser's tab is closed. */
export function startKey() {
  if (!data.needsKey) return;
  const field = byId("key");
  field.value = sessionStorage.getItem(KEPT) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(KEPT, field.value));
}

/** The header that holds the key, where one is needed and was given. */
export function keyHeader() {
  const key = data.needsKey ? byId("key").value : "";
  return key ? { "X-API-Key": key } : {};
}

/** Whether the key is needed and the field is empty. */
export const lacksKey = () => data.needsKey && !byId("key").value;

/** Lead a person to the field of the key, which was empty or wrong. */
export function askForKey() {
  const field = document.getElementById("key");
  field?.setAttribute("aria-invalid", "true");
  field?.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
  field?.focus();
}

/** Send a request that changes something; gives the answer as JSON, if it has any. */
export async function change(method, url, value) {
  const headers = { ...(value === undefined ? {} : { "Content-Type": "application/json" }), ...keyHeader() };
  try {
    const response = await ask(url, { method, headers, body: value === undefined ? undefined : JSON.stringify(value) });
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    if (error.status === 401) askForKey();
    throw error;
  }
}

/** Ask a person before something is done; gives whether they said yes. */
export function confirmed(text, yes, detail = "") {
  const dialog = byId("confirm");
  byId("confirm-text").textContent = text;
  byId("confirm-detail").textContent = detail;
  byId("confirm-detail").hidden = !detail;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
