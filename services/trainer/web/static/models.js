// Every model with its versions.

import { byId, h } from "../shared/dom.js";
import { moment, percentage, t } from "../shared/page.js";
import { showCard } from "./card.js";
import { standing, whenStanding } from "./standing.js";
import { kindName, recipeName } from "./words.js";

const AT_FIRST = 6;
const opened = new Set();
let chosen = "";

/** Bring the list to life; `onChosen("model/version")` is told which version is shown. */
export function startModels(onChosen) {
  byId("models").addEventListener("click", (event) => {
    const more = event.target.closest("button[data-more]");
    if (more) {
      opened.add(more.dataset.more);
      draw();
      return;
    }
    const button = event.target.closest("button[data-version]");
    if (!button) return;
    chooseVersion(button.dataset.version);
    onChosen(button.dataset.version);
    if (matchMedia("(max-width: 62rem)").matches) byId("card").scrollIntoView({ block: "start" });
  });
  whenStanding(draw);
}

/** Show the card of a version, as `model/3`; the newest of the first model if none is named. */
export function chooseVersion(name = "") {
  const first = standing.models.find((model) => model.versions.length);
  chosen = name || chosen || (first ? `${first.name}/${first.versions[0].version}` : "");
  if (chosen) {
    showCard(chosen);
  } else {
    byId("card").replaceChildren(h("div", { class: "empty" },
      h("h2", {}, t("empty.modelsTitle")), h("p", {}, t("empty.models"))));
  }
  mark();
}

function draw() {
  const key = JSON.stringify([standing.models, [...opened]]);
  const place = byId("models");
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  const focused = document.activeElement?.dataset?.version;
  place.replaceChildren(...standing.models.map(modelPart));
  if (focused) place.querySelector(`[data-version="${CSS.escape(focused)}"]`)?.focus();
  mark();
}

function modelPart(model) {
  const all = opened.has(model.name);
  const lines = all ? model.versions : model.versions.slice(0, AT_FIRST);
  const hidden = model.versions.length - lines.length;
  return h("section", { class: "stack small" },
    h("h2", {}, model.name),
    h("p", { class: "soft" }, kindName(model.kind)),
    model.labels_unreadable_because ? h("p", { class: "notice caution" }, model.labels_unreadable_because) : null,
    h("ul", { class: "lines" }, lines.map((line) => h("li", {}, versionButton(model, line)))),
    hidden ? h("button", { type: "button", class: "small quiet", "data-more": model.name }, t("models.more", { n: hidden })) : null,
    model.damaged.map((it) => h("p", { class: "notice alarm" }, h("strong", {}, t("models.damaged", { version: it.version })), h("span", {}, it.reason))));
}

function versionButton(model, line) {
  const name = `${model.name}/${line.version}`;
  const labels = Object.keys(model.labels).filter((label) => model.labels[label] === line.version);
  const score = line.test_accuracy === null ? t("models.unevaluated") : percentage(line.test_accuracy, 2);
  return h("button", { type: "button", class: "line", "data-version": name },
    h("span", { class: "row between" },
      h("span", { class: "row" }, h("span", { class: "strong" }, t("models.versionOf", { version: line.version })),
        labels.map((label) => h("span", { class: "badge good" }, label))),
      h("span", { class: line.test_accuracy === null ? "soft" : "strong" }, score)),
    h("span", { class: "soft" }, `${recipeName(line.recipe)} · ${moment(line.created_at)}`));
}

function mark() {
  for (const button of document.querySelectorAll("#models [data-version]")) {
    button.setAttribute("aria-current", button.dataset.version === chosen);
  }
}
