// Every statistic of an answer with its formula and where it comes from, searched and browsed.

import { byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { t } from "../shared/page.js";
import { nameOf, reasonsOf, written } from "./values.js";

const MOST_CLASSES = 500;
const WHOLE = ["overall", "scores/overall", "scores/calibration/highest_probability"];
let catalogue = null;
let answer = null;

const follow = (path) => path.split("/").reduce((value, name) => value?.[name], answer);

/** Show the statistics of an answer; the catalogue is asked for once. */
export async function showStatistics(given) {
  answer = given;
  const rules = ["macro", "micro", "weighted"].map((rule) => ({ value: `averages/${rule}`, words: t(`all.${rule}`) }));
  const classes = answer.labels.slice(0, MOST_CLASSES).map((label, i) => ({ value: String(i), words: t("all.class", { name: nameOf(label) }) }));
  byId("of").replaceChildren(...[{ value: "", words: t("all.whole") }, ...rules, ...classes].map(({ value, words }) => h("option", { value }, words)));
  catalogue ??= await askJson("/v1/catalogue");
  list();
}

byId("search").addEventListener("input", () => { if (answer && catalogue) list(); });
byId("of").addEventListener("change", () => { if (answer && catalogue) list(); });

/** Where the numbers of what is chosen stand. */
function places() {
  const of = byId("of").value;
  if (of === "") return WHOLE;
  return /^\d+$/.test(of) ? [`per_class/${of}`, `scores/per_class/${of}`, `scores/calibration/per_class/${of}`] : [of];
}

/** A place as the catalogue writes it. */
const whereOf = (place) => place.replace(/^averages.*/, "averages").replace(/\/\d+$/, "[]").replaceAll("/", ".");

function list() {
  const wanted = byId("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const why = reasonsOf(answer);
  const found = [];
  for (const it of catalogue.statistics) {
    const text = [it.id, it.title, ...it.aliases].join(" ").toLowerCase().replaceAll("_", " ");
    if (!wanted.every((word) => text.includes(word.replaceAll("_", " ")))) continue;
    const place = places().find((path) => it.where.split(", ").includes(whereOf(path)) && it.id in (follow(path) ?? {}));
    if (place) found.push({ it, place });
  }
  byId("found").textContent = t("all.found", { n: found.length });
  const nodes = [];
  let group = null;
  for (const { it, place } of found) {
    if (it.group !== group) {
      group = it.group;
      nodes.push(h("h3", { lang: "en" }, catalogue.groups[group] ?? group));
    }
    nodes.push(entry(it, place, why));
  }
  byId("statistics").replaceChildren(...nodes);
}

function entry(it, place, why) {
  const value = follow(place)[it.id];
  const bounds = follow(place.replace(/^(scores\/)?/, "$1intervals/"))?.[it.id];
  const facts = [
    [t("all.formula"), h("code", {}, it.formula)],
    [t("all.range"), `${it.low ?? "−∞"} … ${it.high ?? "∞"}${it.best === "neither" ? "" : `, ${t(`all.best.${it.best}`)}`}`],
    ...(Array.isArray(bounds) ? [[t("all.interval"), t("results.interval", { low: written(it.id, bounds[0]), high: written(it.id, bounds[1]) })]] : []),
    ...(value === null ? [[t("all.undefined"), why(`#/${place}/${it.id}`)]] : []),
    [t("all.id"), h("code", {}, it.id)],
    ...(it.aliases.length ? [[t("all.aliases"), h("span", { lang: "en" }, it.aliases.join(", "))]] : []),
    ...(it.reference ? [[t("all.reference"), h("span", { lang: "en" }, it.reference)]] : []),
  ];
  return h("details", {},
    h("summary", {}, h("span", { lang: "en" }, it.title), h("span", { class: "number" }, value === null ? "—" : written(it.id, value))),
    h("dl", { class: "facts" }, ...facts.flatMap(([name, fact]) => [h("dt", {}, name), h("dd", {}, fact)])));
}
