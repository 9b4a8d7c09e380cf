// Whether versions differ by more than chance: in words, and as one bar of all test pictures.

import { h, s } from "../shared/dom.js";
import { number, percentage, t } from "../shared/page.js";
import { chance, kindName, sentence, theKind } from "./words.js";

const points = (value) => `${value > 0 ? "+" : ""}${number(100 * value, 2)}`.replace("-", "\u2212");

/** What each version is called in a sentence: by its kind, if that tells them apart. */
export function spokenNames(models) {
  const kinds = models.map((it) => it.kind);
  const distinct = new Set(kinds).size === kinds.length;
  return Object.fromEntries(models.map((it) =>
    [`${it.model}/${it.version}`, distinct ? theKind(it.kind) : `${it.model}/${it.version}`]));
}

/** What each version is called beside a figure. */
export function shortNames(models) {
  const kinds = models.map((it) => it.kind);
  const distinct = new Set(kinds).size === kinds.length;
  return Object.fromEntries(models.map((it) =>
    [`${it.model}/${it.version}`, distinct ? kindName(it.kind) : `${it.model}/${it.version}`]));
}

/** The part of a comparison that says who is better. */
export function verdict(comparison) {
  const { significance, models, reason } = comparison;
  if (!significance) {
    return h("section", { class: "card verdict" }, h("h2", {}, t("compare.untested")), h("p", { class: "soft" }, reason));
  }
  const names = spokenNames(models);
  const colours = Object.fromEntries(models.map((it, i) => [`${it.model}/${it.version}`, `series-${i + 1}`]));
  return h("section", { class: `card verdict stack ${significance.pairs.length > 1 ? "several" : ""}` },
    significance.pairs.map((pair) => pairPart(pair, significance, names, colours)));
}

function pairPart(pair, { n_samples: n, confidence_level: level }, names, colours) {
  const p = pair.mcnemar.mid_p_value_holm;
  const beyond = p < 1 - level;
  const swapped = pair.only_second_right > pair.only_first_right;
  const [better, worse] = swapped ? [pair.second, pair.first] : [pair.first, pair.second];
  const [ahead, behind] = swapped ? [pair.only_second_right, pair.only_first_right] : [pair.only_first_right, pair.only_second_right];
  const [low, high] = pair.accuracy_difference_interval;
  const sign = swapped ? -1 : 1;
  const ends = [sign * low, sign * high].sort((a, b) => a - b);
  return h("div", { class: "stack" },
    h("h2", { class: "claim" }, sentence(t("compare.claim", { n: ahead, better: names[better], worse: names[worse], back: number(behind) }))),
    outcomes(pair, n, names, colours),
    h("p", { class: "row facts-line" },
      h("span", { class: `badge ${beyond ? "good" : "caution"}` }, beyond ? t("compare.beyond") : t("compare.chance")),
      h("span", {}, t("compare.test", { p: chance(p) })),
      h("span", { class: "soft" }, t("compare.difference", {
        points: points(sign * pair.accuracy_difference), level: percentage(level, 0), low: points(ends[0]), high: points(ends[1]),
      }))));
}

/** All test pictures in one bar: by whom they are recognised. */
function outcomes(pair, n, names, colours) {
  const parts = [
    ["both", pair.both_right, t("compare.bothRight")],
    [`only ${colours[pair.first]}`, pair.only_first_right, t("compare.onlyRight", { name: names[pair.first] })],
    [`only ${colours[pair.second]}`, pair.only_second_right, t("compare.onlyRight", { name: names[pair.second] })],
    ["neither", pair.both_wrong, t("compare.bothWrong")],
  ];
  let at = 0;
  const rects = parts.map(([kind, count]) => {
    const rect = s("rect", { class: kind, x: `${(100 * at) / n}%`, width: `${(100 * count) / n}%`, height: "100%" });
    at += count;
    return rect;
  });
  return h("figure", { class: "outcomes" },
    s("svg", { class: "outcome-bar", "aria-hidden": "true" }, rects),
    h("figcaption", {}, h("ul", {}, parts.map(([kind, count, text]) =>
      h("li", {}, h("i", { class: kind }), h("strong", {}, number(count)), " ", text)))));
}
