// Chooses the versions that are compared: a data set, and two or more versions trained on it.

import { h } from "../shared/dom.js";
import { t } from "../shared/page.js";
import { standing, versions } from "./standing.js";
import { kindName } from "./words.js";

const KINDS_FIRST = ["cnn", "linear"];

/** The names compared when nobody chose: the newest of each kind, evaluated ones before others. */
export function usualPair(dataset) {
  const kinds = [...new Set(standing.models.filter((it) => it.dataset === dataset && it.versions.length).map((it) => it.kind))]
    .sort((a, b) => order(a) - order(b));
  const newest = kinds.map((kind) => {
    const all = of(dataset).filter((it) => it.kind === kind);
    return nameOf(all.find((it) => it.test_accuracy !== null) ?? all[0]);
  });
  if (newest.length >= 2) return newest.slice(0, 2);
  return of(dataset).slice(0, 2).map(nameOf);
}

const order = (kind) => (KINDS_FIRST.includes(kind) ? KINDS_FIRST.indexOf(kind) : KINDS_FIRST.length);
const of = (dataset) => versions().filter((it) => it.dataset === dataset);
const nameOf = (it) => `${it.model}/${it.version}`;

/** The data sets with versions: those with two or more first, then by their newest version. */
export function datasets() {
  const names = [...new Set(versions().map((it) => it.dataset))];
  const newest = (name) => Math.max(...of(name).map((it) => Date.parse(it.created_at)));
  return names.sort((a, b) => Math.min(of(b).length, 2) - Math.min(of(a).length, 2) || newest(b) - newest(a));
}

/** The data set of a version. */
export const datasetOf = (name) => versions().find((it) => nameOf(it) === name)?.dataset;

/** The form; `onChosen(names)` is called when something else is chosen. */
export function chooser(names, onChosen) {
  const dataset = datasetOf(names[0]) ?? datasets()[0];
  const all = of(dataset);
  const replaced = (i, name) => names.map((it, at) => (at === i ? name : it));
  const unused = all.find((it) => !names.includes(nameOf(it)));
  return h("form", { class: "chooser row end", onsubmit: (event) => event.preventDefault() },
    datasets().length > 1 ? h("div", { class: "field" }, h("label", { for: "compare-dataset" }, t("start.dataset")),
      h("select", { id: "compare-dataset", onchange: (event) => onChosen(usualPair(event.target.value)) },
        datasets().map((it) => h("option", { value: it, selected: it === dataset }, it)))) : null,
    names.map((name, i) => h("div", { class: "field" },
      h("label", { for: `compare-${i}`, class: `series-${i + 1} swatch` }, t("compare.version", { n: i + 1 })),
      h("div", { class: "row pick" },
        h("select", { id: `compare-${i}`, onchange: (event) => onChosen(replaced(i, event.target.value)) },
          all.map((it) => h("option", { value: nameOf(it), selected: nameOf(it) === name, disabled: nameOf(it) !== name && names.includes(nameOf(it)) }, optionText(it)))),
        names.length > 2 ? h("button", { type: "button", class: "quiet small", "aria-label": t("compare.without", { name }), onclick: () => onChosen(names.filter((it) => it !== name)) }, "×") : null))),
    unused && names.length < 6 ? h("button", { type: "button", onclick: () => onChosen([...names, nameOf(unused)]) }, t("compare.add")) : null);
}

function optionText(it) {
  const labels = it.labels.length ? ` (${it.labels.join(", ")})` : "";
  return `${kindName(it.kind)}, ${t("models.versionOf", { version: it.version })}${labels}`;
}
