// Tells people what happened, on the page and to screen readers.

import { h } from "./dom.js";
import { Problem } from "./http.js";
import { t } from "./page.js";

/** Fill a live region (`<div role="status">` or `role="alert"`) with notices; none empties it. */
export function showNotices(region, notices) {
  const key = JSON.stringify(notices);
  if (region.dataset.shown === key) return; // a screen reader would say it again
  region.dataset.shown = key;
  region.replaceChildren(...notices.map(({ text, detail = "", detailLanguage = null, kind = "" }) =>
    h("div", { class: `notice ${kind}` }, h("p", {}, h("strong", {}, text)), detail ? h("p", { lang: detailLanguage }, detail) : null)));
}

/** Show what went wrong. */
export function showProblem(region, error) {
  if (!(error instanceof Problem)) throw error;
  const detail = [error.detail, ...(error.errors ?? []).slice(0, 5).map((it) => it.detail)];
  showNotices(region, [{ text: error.headline, detail: [...new Set(detail)].join(" "), detailLanguage: error.detailLanguage, kind: "alarm" }]);
}

/** Copy a text; gives whether that was possible. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { class: "visually-hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy"); // where the page is not on a secure address
    field.remove();
    return copied;
  }
}

/** A button's words, for a moment, after it did something. */
export function confirmOn(button, words = t("frame.copied")) {
  const label = button.querySelector("[data-label]") ?? button;
  label.dataset.before ??= label.textContent;
  label.textContent = words;
  clearTimeout(Number(label.dataset.timer));
  label.dataset.timer = setTimeout(() => { label.textContent = label.dataset.before; }, 1600);
}
