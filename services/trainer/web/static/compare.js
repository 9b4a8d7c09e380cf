// The comparison of versions: who is better, whether that is chance, and what it costs.

import { byId, h } from "../shared/dom.js";
import { askJson, Problem } from "../shared/http.js";
import { showProblem } from "../shared/notices.js";
import { t } from "../shared/page.js";
import { file } from "./card.js";
import { chooser, datasetOf, datasets, usualPair } from "./chooser.js";
import { examplesPart } from "./examples.js";
import { versions, whenStanding } from "./standing.js";
import { comparisonTable } from "./table.js";
import { tiles } from "./tiles.js";
import { verdict } from "./verdict.js";

const PICTURES = ["confusion_matrix.svg", "history.svg"];
let names = [];
let asked = "";
let isShown = () => false;
let tellChosen = () => {};

/** Bring the comparison to life: it is asked for when its panel is looked at. */
export function startComparison({ isVisible, onChosen }) {
  isShown = isVisible;
  tellChosen = onChosen;
  whenStanding(() => { if (isShown()) showComparison(); });
}

/** Compare these versions; those that were compared before, or the newest, if none are named. */
export function showComparison(wanted = []) {
  const there = new Set(versions().map((it) => `${it.model}/${it.version}`));
  const known = (wanted.length ? wanted : names).filter((it) => there.has(it));
  const dataset = datasetOf(known[0]) ?? datasets()[0];
  names = known.length >= 2 ? known : [...known, ...usualPair(dataset).filter((it) => !known.includes(it))].slice(0, 2);
  draw();
}

async function draw() {
  const place = byId("compare");
  if (names.length < 2) {
    asked = "";
    place.replaceChildren(h("div", { class: "empty" }, h("h2", {}, t("empty.compareTitle")),
      h("p", {}, versions().length ? t("empty.compareOne") : t("empty.compare"))));
    return;
  }
  const key = JSON.stringify([names, versions()]);
  if (key === asked) return;
  asked = key;
  const list = names.map(encodeURIComponent).join(",");
  const focused = document.activeElement?.id;
  const result = h("div", { class: "stack large", "aria-busy": "true" }, h("p", { class: "soft" }, t("compare.waits")));
  place.replaceChildren(chooser(names, choose), result);
  if (focused?.startsWith("compare-")) document.getElementById(focused)?.focus();
  try {
    const [comparison, differences, evaluations] = await Promise.all([
      askJson(`/v1/comparisons?models=${list}`),
      askJson(`/v1/comparisons/examples?models=${list}&limit=10`),
      Promise.all(names.map((name) => evaluationOf(name))),
    ]);
    if (key !== asked) return;
    result.replaceChildren(...[
      ...comparison.models.filter((_, i) => !evaluations[i]).map(unevaluated),
      verdict(comparison), tiles(comparison), comparisonTable(comparison, evaluations),
      examplesPart(differences, comparison.models), await pictures(),
    ].filter(Boolean));
  } catch (error) {
    if (key !== asked) return;
    asked = "";
    const region = h("div", { role: "alert" });
    result.replaceChildren(region);
    showProblem(region, error);
  }
  result.removeAttribute("aria-busy");
}

function evaluationOf(name) {
  const line = versions().find((it) => `${it.model}/${it.version}` === name);
  return line?.not_evaluated_because ? null : askJson(file(name, "evaluation.json")).catch(missing);
}

function missing(error) {
  if (!(error instanceof Problem)) throw error;
  return null;
}

function unevaluated({ model, version }) {
  const line = versions().find((it) => it.model === model && it.version === version);
  return h("div", { class: "notice caution", role: "status" },
    h("p", {}, h("strong", {}, t("compare.unevaluated", { name: `${model}/${version}` }))), h("p", {}, line?.not_evaluated_because ?? ""));
}

/** The pictures that the versions hold, side by side. */
async function pictures() {
  const cards = await Promise.all(names.map((name) => askJson(file(name, "manifest.json")).catch(missing)));
  const rows = PICTURES.map((picture) => names.filter((_, i) => cards[i] && picture in cards[i].files).map((name) => [name, picture]))
    .filter((row) => row.length);
  if (!rows.length) return null;
  return h("section", { class: "card" }, h("header", {}, h("h2", {}, t("card.pictures"))), rows.map((row) => h("div", { class: "pictures beside" }, row.map(([name, picture]) => {
    const key = picture.replace(/\..*/, "");
    return h("figure", {}, h("figcaption", { class: "strong" }, `${name}: ${t(`picture.${key}`)}`),
      h("a", { href: file(name, picture) }, h("img", { src: file(name, picture), class: key, alt: t(`picture.alt.${key}`, { name }), loading: "lazy" })));
  }))));
}

function choose(next) {
  names = next;
  tellChosen(names);
  draw();
}

/** The versions that are compared. */
export const compared = () => names;
