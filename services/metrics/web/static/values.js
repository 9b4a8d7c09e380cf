// Numbers of an answer as people read them: with what is undefined said, and why.

import { h } from "../shared/dom.js";
import { number, percentage, t } from "../shared/page.js";

const RATES = /accuracy|precision|recall|specificity|f1_score|error_rate/;

/** Why a number of an answer has no value. */
export function reasonsOf(answer) {
  const reasons = new Map(answer.undefined.map((it) => [it.path, it.reason + (it.limit ? ` (→ ${it.limit})` : "")]));
  return (path) => reasons.get(path) ?? t("undefined.unknown");
}

/** A number with four digits that mean something. */
export function short(value) {
  if (Number.isInteger(value)) return number(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2).replace(/e([-+]?\d+)/, " × 10^$1");
  return number(value, size >= 100 ? 1 : 4);
}

/** A rate as a percentage, anything else as a number. */
export function written(id, value) {
  return RATES.test(id) && value >= 0 && value <= 1 ? percentage(value, 2) : short(value);
}

/** A dash for what has no value; its reason on hovering, on focus and for screen readers. */
export function dash(reason) {
  return h("span", { class: "undefined", tabindex: "0", role: "img", title: reason, "aria-label": t("undefined.because", { reason }) }, "—");
}

/** A weight: counts as they are. */
export const weight = (value) => (Number.isInteger(value) ? number(value) : number(value, 3));

/** How a label is called. */
export const nameOf = (label) => String(label);

/** Whether the matrix holds counts: of weighted samples nothing is known of what chance would do. */
export function isCounted(answer) {
  const cells = answer.confusion_matrix.flat();
  return cells.every(Number.isInteger) && cells.reduce((a, b) => a + b, 0) === answer.n_samples;
}
