// Headline figures, the table of the classes, the most confused, and the matrix as a table.

import { byId, h } from "../shared/dom.js";
import { number, percentage, t } from "../shared/page.js";
import { dash, isCounted, nameOf, reasonsOf, weight, written } from "./values.js";

const HEADLINE = [
  ["overall", "accuracy"], ["overall", "balanced_accuracy"], ["averages/macro", "f1_score"],
  ["overall", "matthews_corrcoef"], ["overall", "cohen_kappa"],
  ["scores/overall", "roc_auc_ovr_macro"], ["scores/overall", "log_loss"], ["scores/overall", "brier_score"],
  ["scores/calibration/highest_probability", "expected_calibration_error"],
];
const CLASS_COLUMNS = ["support", "precision", "recall", "f1_score", "specificity"];
const SCORE_COLUMNS = ["roc_auc", "average_precision"];
const MOST_TABLE = 60;

const follow = (answer, path) => path.split("/").reduce((value, name) => value?.[name], answer);

/** The figures that people look for first. */
export function showHeadline(answer) {
  const why = reasonsOf(answer);
  const samples = answer.n_samples === null ? [] : [t("results.samples", { n: answer.n_samples })];
  byId("summary").textContent = [...samples, t("results.classes", { n: answer.labels.length })].join(" · ");
  byId("headline").replaceChildren(...HEADLINE.filter(([place]) => follow(answer, place)).map(([place, id]) => {
    const value = follow(answer, place)[id];
    const bounds = follow(answer.intervals, place)?.[id] ?? follow(answer, place.replace("scores/", "scores/intervals/"))?.[id];
    return h("div", { id: `figure-${id}` }, h("dt", {}, t(`figure.${id}`)), h("dd", {},
      ...(value === null || value === undefined
        ? ["—", h("span", { class: "why" }, why(`#/${place}/${id}`))]
        : [written(id, value), interval(id, bounds)])));
  }));
  const notes = answer.notes;
  byId("remarks").replaceChildren(...["never_predicted", "absent_from_truth"].filter((name) => notes[name].length)
    .map((name) => h("p", {}, t(`remark.${name}`, { names: some(notes[name].map(nameOf)) }))));
}

function some(names, most = 12) {
  const left = names.length - most;
  return names.slice(0, most).join(", ") + (left > 0 ? ` ${t("results.more", { n: left })}` : "");
}

function interval(id, bounds) {
  if (!Array.isArray(bounds)) return null;
  return h("span", { class: "interval" }, t("results.interval", { low: written(id, bounds[0]), high: written(id, bounds[1]) }));
}

/** A table with a row for each class, which its headers sort. */
export function showClasses(answer) {
  const why = reasonsOf(answer);
  const scored = answer.scores ? SCORE_COLUMNS : [];
  const columns = [...CLASS_COLUMNS, ...scored];
  const rows = answer.per_class.map((row, i) => ({
    i, label: nameOf(row.label), values: { ...row, ...answer.scores?.per_class[i] },
    bounds: { ...answer.intervals.per_class[i], ...answer.scores?.intervals?.per_class?.[i] },
  }));
  const body = h("tbody", {});
  const heads = ["label", ...columns].map((id) => {
    const head = h("th", { scope: "col", "aria-sort": "none", class: id === "label" ? "" : "number" },
      h("button", { type: "button", onclick: () => sortBy(id, head) }, t(`class.${id}`)));
    return head;
  });
  const cell = (row, id) => {
    const value = row.values[id];
    if (value === null || value === undefined) {
      const place = scored.includes(id) ? "#/scores/per_class" : "#/per_class";
      return h("td", { class: "number" }, dash(why(`${place}/${row.i}/${id}`)));
    }
    if (id === "support") return h("td", { class: "number" }, weight(value));
    const digits = scored.includes(id) ? number(value, 4) : percentage(value, 2);
    const bounds = row.bounds[id];
    const write = (it) => (scored.includes(id) ? number(it, 3) : percentage(it, 1));
    return h("td", { class: "number" }, digits, bounds ? h("small", {}, t("results.interval", { low: write(bounds[0]), high: write(bounds[1]) })) : null);
  };
  const fill = () => body.replaceChildren(...rows.map((row) =>
    h("tr", {}, h("th", { scope: "row", title: row.label }, row.label), ...columns.map((id) => cell(row, id)))));

  function sortBy(id, head) {
    const rising = head.getAttribute("aria-sort") === "ascending" || (head.getAttribute("aria-sort") === "none" && id === "support") ? -1 : 1;
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", rising === 1 ? "ascending" : "descending");
    rows.sort((a, b) => rising * (id === "label" ? a.label.localeCompare(b.label, undefined, { numeric: true }) : (a.values[id] ?? -Infinity) - (b.values[id] ?? -Infinity)) || a.i - b.i);
    fill();
  }

  fill();
  byId("classes").replaceChildren(h("table", { class: "data" }, h("thead", {}, h("tr", {}, ...heads)), body));
}

/** The most confused pairs in words; choosing one shows its cell. */
export function showWorst(answer, go) {
  const support = new Map(answer.per_class.map((row) => [row.label, row.support]));
  const index = new Map(answer.labels.map((label, i) => [label, i]));
  const pairs = answer.notes.most_confused;
  byId("worst").replaceChildren(...(pairs.length ? pairs.map((pair) =>
    h("li", {}, h("button", { type: "button", onclick: () => go([index.get(pair.true), index.get(pair.predicted)]) },
      `${t("cell.pair", { true: nameOf(pair.true), predicted: nameOf(pair.predicted) })}: `,
      h("span", {}, t("cell.of", { count: weight(pair.weight), support: weight(support.get(pair.true)), share: percentage(pair.share_of_true, 1) })))))
    : [h("li", { class: "soft" }, t("matrix.none"))]));
}

/** What a cell of the matrix says. */
export function cellWords(answer, values, view, [i, j]) {
  const names = answer.labels.map(nameOf);
  const count = answer.confusion_matrix[i][j];
  const { support } = answer.per_class[i];
  const pair = i === j ? t("cell.right", { true: names[i] }) : t("cell.pair", { true: names[i], predicted: names[j] });
  const often = support
    ? t("cell.of", { count: weight(count), support: weight(support), share: percentage(count / support, 1) })
    : t("cell.no-row", { true: names[i] });
  const more = [];
  if (view === "predicted" && values[i][j] !== null) more.push(t("cell.of-predicted", { share: percentage(values[i][j], 1), predicted: names[j] }));
  if (view === "errors" && isCounted(answer) && values[i][j] !== null) {
    more.push(t(`cell.${values[i][j] > 0 ? "more" : "fewer"}`, { deviations: number(Math.abs(values[i][j]), 1) }));
  }
  return `${pair}: ${[often, ...more].join("; ")}`;
}

/** The matrix as a table, where it is not too large to be read. */
export function showMatrixTable(answer) {
  const box = byId("matrix-table-box");
  box.hidden = answer.labels.length > MOST_TABLE;
  if (box.hidden) return;
  const names = answer.labels.map(nameOf);
  byId("matrix-table").replaceChildren(h("table", { class: "data" },
    h("caption", {}, t("matrix.caption")),
    h("thead", {}, h("tr", {}, h("td", {}), ...names.map((name) => h("th", { scope: "col", class: "number" }, name)))),
    h("tbody", {}, ...answer.confusion_matrix.map((row, i) =>
      h("tr", {}, h("th", { scope: "row" }, names[i]), ...row.map((count) => h("td", { class: "number" }, weight(count))))))));
}
