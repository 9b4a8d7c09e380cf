// The table of a comparison: every figure of every version, drawn beside the numbers.

import { h, s } from "../shared/dom.js";
import { duration, number, percentage, t } from "../shared/page.js";
import { timeOf } from "./tiles.js";
import { bytes, decimal, metricName, precise } from "./words.js";

/** Statistics that are shown first: where each is in an evaluation, and whether it is a share. */
const HEADLINE = [
  ["accuracy", "overall", "accuracy", true],
  ["balanced_accuracy", "overall", "balanced_accuracy", true],
  ["precision", "macro", "precision", true],
  ["recall", "macro", "recall", true],
  ["specificity", "macro", "specificity", true],
  ["f1_score", "macro", "f1_score", true],
  ["cohen_kappa", "overall", "cohen_kappa", false],
  ["matthews_corrcoef", "overall", "matthews_corrcoef", false],
  ["roc_auc", "scores", "roc_auc_ovr_macro", false],
  ["average_precision", "scores", "average_precision_macro", false],
  ["log_loss", "scores", "log_loss", false],
  ["brier_score", "scores", "brier_score", false],
  ["calibration_error", "calibration", "expected_calibration_error", true],
];
const MOST_CLASSES = 20;
const LOW_IS_GOOD = new Set(["log_loss", "brier_score", "calibration_error"]);

/** The headline statistics of an evaluation: `{key, value, interval, isShare}`. */
export function headline(evaluation) {
  const at = {
    overall: [evaluation.overall, evaluation.intervals?.overall],
    macro: [evaluation.averages?.macro, evaluation.intervals?.averages?.macro],
    scores: [evaluation.scores?.overall, evaluation.scores?.intervals?.overall],
    calibration: [evaluation.scores?.calibration?.highest_probability],
  };
  return HEADLINE.filter(([, place, name]) => at[place][0] && name in at[place][0])
    .map(([key, place, name, isShare]) => ({ key, isShare, value: at[place][0][name], interval: at[place][1]?.[name] ?? null }));
}

/** The table; `evaluations` are those of the models, in their order, or null. */
export function comparisonTable({ models }, evaluations) {
  const columns = models.length + 2;
  const scores = evaluations.map((it) => (it ? headline(it) : []));
  const keys = [...new Set(scores.flat().map((it) => it.key))];
  const high = keys.filter((key) => !LOW_IS_GOOD.has(key));
  const scale = scaleOf(scores.flat().filter((it) => high.includes(it.key)));
  const quality = keys.map((key) => {
    const cells = scores.map((list) => list.find((it) => it.key === key) ?? { value: null });
    const isShare = cells.some((it) => it.isShare);
    const write = isShare ? (v) => percentage(v, 2) : decimal;
    return row(metricName(key), cells.map((it) => measured(it, write)),
      LOW_IS_GOOD.has(key) ? dots(cells, scaleOf(cells, 0)) : dots(cells, scale));
  });
  const classes = perClass(evaluations);
  const plain = (name, values, write) =>
    row(name, values.map((it) => (it === null || it === undefined ? h("span", { class: "soft" }, t("compare.unmeasured")) : write(it))), bars(values));
  const times = ["litert", "savedmodel"].flatMap((engine) => [1, 32].map((size) => plain(
    t("compare.time", { engine: t(`engine.${engine}`), n: size }), models.map((it) => timeOf(it, engine, size)), precise)));
  return h("section", { class: "card figures-card", "aria-labelledby": "figures-title" },
    h("header", {}, h("h2", { id: "figures-title" }, t("compare.figures")), h("p", { class: "soft" }, t("compare.intervals"))),
    h("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": "figures-title" }, h("table", { class: "data compared", role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("td", { role: "cell" }),
        models.map((it, i) => h("th", { scope: "col", role: "columnheader", class: "number" }, h("span", { class: `series-${i + 1} swatch` }, `${it.model}/${it.version}`))),
        h("td", { role: "cell", class: "drawn" }))),
      group(t("card.quality"), columns, keys.length ? quality : [h("tr", { role: "row" }, h("td", { role: "cell", colspan: columns, class: "soft" }, t("compare.noScores")))], scale && axis(scale)),
      group(t("compare.cost"), columns, [
        plain(t("compare.training"), models.map((it) => it.training_seconds), duration),
        plain(t("course.epochs"), models.map((it) => it.epochs), number),
        plain(t("compare.parameters"), models.map((it) => it.parameters), number)]),
      group(t("compare.speed"), columns, times),
      group(t("compare.size"), columns, ["savedmodel", "litert", "h5"].map((form) =>
        plain(t(`form.${form}`), models.map((it) => it.size_bytes[form] || null), bytes))),
      classes.length ? group(t("compare.classes"), columns, classes.map(([label, cells]) => row(
        label, cells.map((it) => measured(it, (v) => percentage(v, 2))), dots(cells, scaleOf(classes.flatMap(([, all]) => all))))), axis(scaleOf(classes.flatMap(([, all]) => all)))) : null)));
}

/** The recall of each class: `[label, cells]`; none where there are too many classes to look at. */
function perClass(evaluations) {
  const known = evaluations.find(Boolean);
  if (!known || known.per_class.length > MOST_CLASSES) return [];
  return known.per_class.map(({ label }, i) => [String(label), evaluations.map((it) => ({
    value: it?.per_class[i]?.recall ?? null, interval: it?.intervals?.per_class?.[i]?.recall ?? null,
  }))]);
}

function group(title, columns, rows, drawn = null) {
  return h("tbody", { role: "rowgroup" },
    h("tr", { class: "group", role: "row" }, h("th", { scope: "rowgroup", role: "rowheader", colspan: columns - 1 }, title), h("td", { role: "cell", class: "drawn" }, drawn)), rows);
}

const row = (name, cells, drawn) => h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader" }, name),
  cells.map((it) => h("td", { class: "number", role: "cell" }, it)), h("td", { class: "drawn", role: "cell" }, drawn));

function measured({ value, interval }, write) {
  if (value === null || value === undefined) return h("span", { class: "soft" }, t("metric.undefined"));
  return [h("span", { class: "strong" }, write(value)),
    interval ? h("small", { class: "soft" }, t("metric.interval", { low: write(interval[0]), high: write(interval[1]) })) : null];
}

/** The range that holds all values and intervals, at round ends; up to 1 where they are near it. */
function scaleOf(cells, from = null) {
  const values = cells.flatMap((it) => (it.value === null || it.value === undefined ? [] : [it.value, ...(it.interval ?? [])]));
  if (!values.length) return null;
  const low = from ?? Math.min(...values);
  const high = from === null ? Math.max(1, ...values) : Math.max(...values) * 1.1;
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((it) => (high - low) / it <= 5) ?? 0.5;
  return { low: from ?? Math.max(-1, Math.floor(low / step - 0.2) * step), high: from === null ? high : high || 1, step };
}

const HEIGHT = 14;
const place = (scale, value) => `${(4 + (92 * (value - scale.low)) / (scale.high - scale.low)).toFixed(2)}%`;

function axis(scale) {
  const values = [];
  for (let value = scale.low; value <= scale.high + 1e-9; value += scale.step) values.push(value);
  const digits = scale.step < 0.01 ? 3 : scale.step < 0.1 ? 2 : 1;
  return s("svg", { class: "scale", "aria-hidden": "true", height: 14 }, values.map((value) =>
    s("text", { x: place(scale, value), y: 11, "text-anchor": "middle" }, number(value, digits))));
}

/** Each value as a dot on its interval. */
function dots(cells, scale) {
  if (!scale) return null;
  const lines = [];
  for (let value = scale.low; value <= scale.high + 1e-9; value += scale.step) {
    lines.push(s("line", { class: "grid-line", x1: place(scale, value), x2: place(scale, value), y1: 0, y2: "100%" }));
  }
  return s("svg", { class: "dots", "aria-hidden": "true", height: HEIGHT * cells.length + 4 }, lines, cells.flatMap(({ value, interval }, i) => {
    if (value === null || value === undefined) return [];
    const y = HEIGHT * i + HEIGHT / 2 + 2;
    return [
      interval ? s("line", { class: `whisker series-${i + 1}`, x1: place(scale, interval[0]), x2: place(scale, interval[1]), y1: y, y2: y }) : null,
      s("circle", { class: `point series-${i + 1}`, cx: place(scale, value), cy: y, r: 3.5 }),
    ];
  }));
}

/** Each value as a bar from zero. */
function bars(values) {
  const most = Math.max(...values.filter((it) => it !== null && it !== undefined));
  return s("svg", { class: "dots", "aria-hidden": "true", height: HEIGHT * values.length + 4 }, values.map((value, i) =>
    value ? s("rect", { class: `point series-${i + 1}`, x: "4%", y: HEIGHT * i + 4, width: `${(92 * value) / most}%`, height: HEIGHT - 4, rx: 2 }) : null));
}
