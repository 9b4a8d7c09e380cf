// The form that starts a run.

import { byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showNotices, showProblem } from "../shared/notices.js";
import { data, number, t } from "../shared/page.js";
import { change } from "./access.js";
import { kindName, rate, recipeName } from "./words.js";

let choices = data.start;

/** Bring the form to life; `onStarted(run)` gets the run that was queued. */
export function startForm(onStarted) {
  const form = byId("start");
  fill();
  form.addEventListener("change", tell);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kinds = chosenKinds();
    if (!kinds.length) {
      showNotices(byId("start-news"), [{ text: t("start.noKind"), kind: "alarm" }]);
      return;
    }
    showNotices(byId("start-news"), []);
    const button = form.querySelector("button.primary");
    button.disabled = true;
    try {
      onStarted(await change("POST", "/v1/runs", body(form, kinds)));
      for (const field of form.querySelectorAll('[type="number"]')) field.value = ""; // for this run alone
    } catch (error) {
      showProblem(byId("start-news"), error);
    } finally {
      button.disabled = false;
    }
  });
  byId("start-part").addEventListener("toggle", refresh);
  byId("to-start").addEventListener("click", openForm);
}

function openForm() {
  byId("start-part").open = true;
  byId("start-part").scrollIntoView({ block: "center" });
  byId("start-dataset").focus({ preventScroll: true });
}

/** Open the form with a data set chosen in it. */
export async function startWith(name) {
  openForm();
  await refresh();
  byId("start-dataset").value = name;
  tell();
}

/** Data sets may have been uploaded since. */
async function refresh() {
  if (!byId("start-part").open) return;
  const told = await askJson("/web/start").catch(() => choices);
  if (JSON.stringify(told) === JSON.stringify(choices)) return;
  choices = told;
  fill();
}

function fill() {
  const select = byId("start-dataset");
  const before = select.value || choices.auto;
  select.replaceChildren(...choices.datasets.map((it) =>
    h("option", { value: it.name, selected: it.name === before }, it.own ? t("start.ownData", { name: it.title }) : it.title)));
  const kinds = byId("start-kinds");
  if (!kinds.children.length) {
    kinds.append(...choices.kinds.map((kind) => h("label", { class: "choice" },
      h("input", { type: "checkbox", name: "kind", value: kind, checked: true }), sentenceKind(kind))));
    byId("start-recipes").append(...choices.recipes.map((name) => h("label", {},
      h("input", { type: "radio", name: "recipe", value: name, checked: name === choices.recipe }), recipeName(name))));
    byId("start-epochs").max = choices.most.epochs;
    byId("start-batch").max = choices.most.batch_size;
    byId("start-rate").max = choices.most.learning_rate;
    byId("start-seed").placeholder = String(choices.seed);
  }
  tell();
}

const sentenceKind = (kind) => h("span", {}, kindName(kind));

const chosenKinds = () => [...document.querySelectorAll('#start-kinds input:checked')].map((it) => it.value);

/** Say what the data set and the recipe hold. */
function tell() {
  const dataset = choices.datasets.find((it) => it.name === byId("start-dataset").value);
  if (!dataset) return;
  byId("start-about").textContent = t("start.classes", { n: dataset.classes });
  const recipe = new FormData(byId("start")).get("recipe");
  byId("recipe-about").textContent = chosenKinds().map((kind) => {
    const fitting = dataset.recipes[kind]?.[recipe];
    return fitting && t("start.recipeOf", {
      kind: kindName(kind), epochs: number(fitting.epochs), batch: number(fitting.batch_size), rate: rate(fitting.peak_learning_rate),
    });
  }).filter(Boolean).concat(t("start.small")).join(" ");
}

function body(form, kinds) {
  const fields = new FormData(form);
  const value = (name) => (fields.get(name) === "" ? undefined : Number(fields.get(name)));
  return {
    dataset: fields.get("dataset"),
    models: kinds,
    recipe: fields.get("recipe"),
    seed: value("seed"),
    changes: { epochs: value("epochs"), batch_size: value("batch_size"), learning_rate: value("learning_rate") },
  };
}
