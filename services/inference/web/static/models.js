// Which models there are, which of them are to answer, and what is still to come.

import { h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { data, hasWords, t } from "../shared/page.js";

const LONG_MS = 10_000;
const SHORT_MS = 2_000;

/** `mnist-cnn/2`, as the choice names a version. */
const nameOf = (entry) => `${entry.model}/${entry.version}`;

/** A name for people: that of its kind, where there are words for it. */
export function titleOf(model) {
  const kind = model.split("-").pop();
  return hasWords(`kind.${kind}`) ? t(`kind.${kind}`) : model;
}

/** Keeps the list of models current, and the choice among them. */
export class Models {
  #models = data.models;
  #chosen = null; // names; null: every model's default version
  #fieldset;
  #dataset;
  #onChange;
  #onContact;

  constructor({ fieldset, dataset, onChange, onContact }) {
    this.#fieldset = fieldset;
    this.#dataset = dataset;
    this.#onChange = onChange;
    this.#onContact = onContact;
    dataset?.addEventListener("change", () => {
      this.#chosen = null;
      this.#render();
      onChange();
    });
    this.#render();
    this.#poll();
  }

  /** The data set whose models answer. */
  get dataset() {
    return this.#dataset?.value || data.dataset || this.#models.find((it) => it.serving)?.dataset || "";
  }

  /** The versions of the data set that can answer: `{model, version, isDefault}`. */
  get versions() {
    return this.#models.filter((model) => model.dataset === this.dataset && model.serving)
      .flatMap((model) => model.versions.filter((it) => it.state === "serving")
        .map((it) => ({ model: model.name, version: it.version, isDefault: it.version === model.serving }))
        .sort((a, b) => b.version - a.version));
  }

  /** Those that are to answer, in order. */
  get chosen() {
    return this.versions.filter((it) => this.#chosen?.has(nameOf(it)) ?? it.isDefault);
  }

  /** Whether exactly the default versions are to answer, for which there is one request. */
  get isDefault() {
    return this.versions.every((it) => it.isDefault === this.chosen.some((other) => nameOf(other) === nameOf(it)));
  }

  async #poll() {
    const wait = this.#models.filter((it) => it.serving).length < 2 ? SHORT_MS : LONG_MS;
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    if (!document.hidden) {
      try {
        const { models } = await askJson("/models");
        const changed = JSON.stringify(models) !== JSON.stringify(this.#models);
        this.#models = models;
        this.#onContact(true);
        if (changed) {
          this.#forgetUseless();
          this.#render();
          this.#onChange();
        }
      } catch {
        this.#onContact(false);
      }
    }
    this.#poll();
  }

  #render() {
    if (this.#dataset) this.#renderDatasets();
    const { versions } = this;
    const several = (model) => versions.filter((it) => it.model === model).length > 1;
    this.#fieldset.hidden = versions.length < 2;
    const chosen = new Set(this.chosen.map(nameOf));
    const focused = document.activeElement?.value;
    this.#fieldset.querySelector(".chips").replaceChildren(...versions.map((it) =>
      h("label", {},
        h("input", {
          type: "checkbox", value: nameOf(it), checked: chosen.has(nameOf(it)), autocomplete: "off",
          onchange: () => this.#choose(),
        }),
        several(it.model) ? `${titleOf(it.model)} ${t("models.v", { version: String(it.version) })}` : titleOf(it.model))));
    [...this.#fieldset.querySelectorAll("input")].find((box) => box.value === focused)?.focus();
  }

  /** A choice of the defaults, or of nothing that is left, is none: the newest are followed again. */
  #forgetUseless() {
    if (this.#chosen && (!this.chosen.length || this.isDefault)) this.#chosen = null;
  }

  #renderDatasets() {
    const { value } = this.#dataset;
    const names = [...new Set(this.#models.filter((it) => it.serving && it.dataset).map((it) => it.dataset))];
    const known = [...this.#dataset.options].map((option) => option.value);
    for (const name of names.filter((it) => !known.includes(it))) {
      const words = hasWords(`dataset.${name}`) ? t(`dataset.${name}`) : name;
      this.#dataset.append(h("option", { value: name }, words));
    }
    this.#dataset.value = value;
  }

  #choose() {
    const boxes = [...this.#fieldset.querySelectorAll("input")];
    this.#chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    this.#forgetUseless();
    this.#render();
    this.#onChange();
  }
}

/** What the trainer does at the moment, in words; and the share that is done, if it is known. */
export async function trainingNews() {
  const { state, run } = await askJson("/web/training");
  if (state !== "running") return { text: t(`training.${state}`) };
  const step = run.progress ?? {};
  const model = step.model ?? run.models.join(", ");
  if (!step.epochs) return { text: t("training.starts", { model }) };
  const done = step.epoch - 1 + (step.steps ? step.step / step.steps : 1);
  return {
    text: t("training.epoch", { model, epoch: step.epoch, epochs: step.epochs }),
    share: Math.min(1, done / step.epochs),
  };
}
