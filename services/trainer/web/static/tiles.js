// The few figures that matter most, side by side as bars.

import { bar, h } from "../shared/dom.js";
import { duration, number, percentage, t } from "../shared/page.js";
import { bytes, precise } from "./words.js";
import { shortNames } from "./verdict.js";

/** The time of a call, or null if it was not measured. */
export const timeOf = (model, engine, size) =>
  model.inference_times.find((it) => it.engine === engine && it.batch_size === size)?.median_ms ?? null;

/** Tiles of accuracy, time and size. */
export function tiles({ models }) {
  const names = shortNames(models);
  const tile = (title, values, write, { most = Math.max(...values.filter((it) => it !== null)), note = "" } = {}) =>
    values.every((it) => it === null) ? null : h("section", { class: "card tile" },
      h("h3", {}, title),
      h("dl", {}, models.flatMap((it, i) => [
        h("dt", { class: `series-${i + 1} swatch` }, names[`${it.model}/${it.version}`]),
        h("dd", {}, h("strong", {}, values[i] === null ? "–" : write(values[i])),
          values[i] === null ? null : bar(values[i] / most, `series-${i + 1}`))])),
      note ? h("p", { class: "soft" }, note) : null);
  const accuracies = models.map((it) => it.statistics.accuracy ?? null);
  const errors = accuracies.map((it) => (it === null ? null : 1 - it));
  const training = models.map((it) => it.training_seconds);
  const single = models.map((it) => timeOf(it, "litert", 1));
  const sizes = models.map((it) => it.size_bytes.litert || null);
  return h("div", { class: "grid tiles" }, [
    tile(t("tile.errors"), errors, (it) => percentage(it, 2), { note: ratio("tile.fewer", errors) }),
    tile(t("compare.training"), training, duration, { note: ratio("tile.longer", training) }),
    tile(t("tile.single"), single, precise, { note: ratio("tile.slower", single) }),
    tile(t("tile.size"), sizes, bytes, { note: ratio("tile.larger", sizes) }),
  ].filter(Boolean));
}

/** How many times the largest is the smallest, in words. */
function ratio(key, values) {
  const known = values.filter((it) => it > 0);
  if (known.length < 2) return "";
  const times = Math.max(...known) / Math.min(...known);
  if (times < 1.05) return "";
  const text = { times: number(times, times < 10 ? 1 : 0) };
  if (key === "tile.fewer") return t("tile.fewer", text);
  if (key === "tile.longer") return t("tile.longer", text);
  if (key === "tile.slower") return t("tile.slower", text);
  return t("tile.larger", text);
}
