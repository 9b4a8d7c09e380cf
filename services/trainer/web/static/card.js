// The card of a version: what it is, how good it is, how it was made, and its files.

import { byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showProblem } from "../shared/notices.js";
import { className, duration, moment, number, percentage, t } from "../shared/page.js";
import { labelsPart } from "./labels.js";
import { standing } from "./standing.js";
import { headline } from "./table.js";
import { bytes, decimal, kindName, metricName, precise, rate, recipeName, share } from "./words.js";

const PICTURES = ["history.svg", "confusion_matrix.svg", "errors.png"];
let shown = "";

/** Show the card of a version, as `model/3`. */
export async function showCard(name) {
  if (shown === name) return;
  shown = name;
  const [model, version] = split(name);
  const place = byId("card");
  place.setAttribute("aria-busy", "true");
  try {
    const card = await askJson(`/v1/models/${model}/versions/${version}`);
    const evaluation = card.evaluation.file ? await askJson(file(name, card.evaluation.file)).catch(() => null) : null;
    if (shown === name) place.replaceChildren(...parts(name, card, evaluation));
  } catch (error) {
    shown = "";
    const region = h("div", { role: "alert" });
    place.replaceChildren(region);
    showProblem(region, error);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** The address of a file of a version. */
export function file(name, path) {
  const [model, version] = split(name);
  return `/v1/models/${model}/versions/${version}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

function split(name) {
  const at = name.lastIndexOf("/");
  return [name.slice(0, at), name.slice(at + 1)];
}

function parts(name, card, evaluation) {
  return [
    h("div", { class: "row between" }, h("h2", {}, name),
      h("a", { class: "button small", href: `#compare=${rivals(name, card)}` }, t("card.compare"))),
    h("p", { class: "soft" }, [
      kindName(card.kind), t("card.made", { when: moment(card.created_at) }), t("run.recipe", { name: recipeName(card.recipe.name) }),
    ].join(" · ")),
    quality(card, evaluation),
    labelsPart(card.model, card.version),
    pictures(name, card),
    making(card),
    speed(card),
    files(name, card),
  ].filter(Boolean);
}

/** This version beside the newest of another kind on the same data. */
function rivals(name, card) {
  const other = standing.models.find((it) => it.dataset === card.dataset.name && it.kind !== card.kind && it.versions.length);
  return other ? `${name},${other.name}/${other.versions[0].version}` : name;
}

const part = (title, ...children) => h("section", { class: "card" }, h("header", {}, h("h3", {}, title)), ...children);
const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter((it) => it && it[1]).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

function quality(card, evaluation) {
  if (!evaluation) {
    return part(t("card.quality"),
      h("div", { class: "notice caution" }, h("p", {}, h("strong", {}, t("card.unevaluated"))), h("p", {}, card.evaluation.reason)),
      facts(Object.entries(card.scores.validation ?? {}).map(([key, value]) =>
        [`${metricName(key)}, ${t("course.validation")}`, key === "accuracy" ? percentage(value, 2) : number(value, 4)])));
  }
  return part(t("card.quality"),
    h("p", { class: "soft" }, t("card.tested", { n: evaluation.n_samples, level: percentage(evaluation.intervals?.confidence_level ?? 0.95, 0) })),
    h("dl", { class: "figures scores" }, headline(evaluation).map(({ key, value, interval, isShare }) => h("div", {},
      h("dt", {}, metricName(key)),
      h("dd", {}, value === null ? t("metric.undefined") : isShare ? share(value) : decimal(value),
        interval ? h("small", { class: "soft" }, isShare
          ? t("metric.interval", { low: percentage(interval[0], 2), high: percentage(interval[1], 2) })
          : t("metric.interval", { low: decimal(interval[0]), high: decimal(interval[1]) })) : null)))),
    calibration(card));
}

function calibration({ calibration: it }) {
  const test = it?.splits?.test;
  if (!test) return null;
  return h("p", { class: "soft" }, t("card.calibration", {
    temperature: number(it.temperature, 2),
    before: percentage(test.before.expected_calibration_error, 2), after: percentage(test.after.expected_calibration_error, 2),
  }));
}

function pictures(name, card) {
  const there = PICTURES.filter((it) => it in card.files);
  if (!there.length) return null;
  return part(t("card.pictures"), h("div", { class: "pictures" }, there.map((it) => {
    const key = it.replace(/\..*/, "");
    return h("figure", {}, h("figcaption", { class: "strong" }, t(`picture.${key}`)),
      h("a", { href: file(name, it) }, h("img", { src: file(name, it), class: key, alt: t(`picture.alt.${key}`, { name }) })));
  })));
}

function making(card) {
  const { dataset, hardware } = card;
  return part(t("card.making"),
    facts([
      [t("card.dataset"), `${dataset.title} (${dataset.name})`],
      [t("card.splits"), t("card.splitsOf", { train: dataset.splits.train ?? 0, validation: dataset.splits.validation ?? 0, test: dataset.splits.test ?? 0 })],
      [t("card.classes"), classes(card.class_names)],
      [t("card.recipe"), recipeWords(card)],
      [t("start.seed"), String(card.seed)],
      [t("compare.parameters"), number(card.parameters)],
      [t("compare.training"), `${duration(card.training_seconds)}, ${t("run.epochs", { n: card.epochs })}`],
      [t("card.hardware"), [hardware.processor || hardware.machine, t("card.cores", { n: hardware.cpu_count }), bytes(hardware.memory_bytes), ...hardware.accelerators].join(", ")],
      [t("card.packages"), Object.entries(card.packages).map((it) => it.join(" ")).join(", ")],
      [t("card.run"), card.run ? h("a", { href: `#run=${card.run}` }, card.run.slice(0, 8)) : ""],
    ]),
    h("details", {}, h("summary", {}, t("card.exact")), h("div", { class: "stack small exact" },
      h("p", { class: "strong" }, t("card.hashes")),
      facts(Object.entries(dataset.sha256).map(([key, value]) => [key, h("code", {}, value)])),
      card.weights_sha256 ? facts([[t("card.weights"), h("code", {}, card.weights_sha256)]]) : null,
      h("p", { class: "strong" }, t("card.hyperparameters")),
      h("pre", { tabindex: "0", role: "group", "aria-label": t("card.hyperparameters") }, JSON.stringify(card.recipe.hyperparameters, null, 1)))));
}

const classes = (names) => (names.length <= 30 ? names.map(className).join(", ") : `${names.slice(0, 30).map(className).join(", ")}, … (${number(names.length)})`);

/** The recipe as sentences: what the network is, and how its weights were found. */
function recipeWords({ recipe, epochs }) {
  const { kind, fitting, convolutions, dense_units: dense, dropout } = recipe.hyperparameters;
  const sentences = [];
  if (kind === "linear") sentences.push(t("words.linear"));
  if (convolutions) sentences.push(t("words.convolutions", { n: convolutions.length, filters: convolutions.map((it) => it.filters).join(", ") }));
  if (dense) sentences.push(t("words.dense", { n: dense }));
  if (dropout) sentences.push(t("words.dropout", { share: percentage(dropout, 0) }));
  if (fitting) {
    sentences.push(t("words.fitting", { epochs, batch: fitting.batch_size, rate: rate(fitting.peak_learning_rate) }));
    if (fitting.label_smoothing) sentences.push(t("words.smoothing", { share: percentage(fitting.label_smoothing, 0) }));
    if (fitting.augmentation) sentences.push(augmentation(fitting.augmentation));
  }
  return sentences.join(" ");
}

function augmentation(it) {
  const done = [
    it.rotation_degrees ? t("words.rotated", { degrees: number(it.rotation_degrees) }) : "",
    it.zoom ? t("words.zoomed", { share: percentage(it.zoom, 0) }) : "",
    it.shear ? t("words.slanted", { share: percentage(it.shear, 0) }) : "",
    it.shift ? t("words.moved", { share: percentage(it.shift, 1) }) : "",
    it.bend ? t("words.bent") : "",
    it.mirror ? t("words.mirrored") : "",
    it.erase ? t("words.erased") : "",
  ].filter(Boolean);
  return done.length ? t("words.augmented", { how: done.join(", ") }) : "";
}

function speed(card) {
  if (!card.inference_times.length) return null;
  return part(t("card.speed"), h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("card.speed") }, h("table", { class: "data" },
    h("thead", {}, h("tr", {}, [t("card.engine"), t("card.batch"), t("card.median"), t("card.p95")].map((text, i) =>
      h("th", { scope: "col", class: i ? "number" : "" }, text)))),
    h("tbody", {}, card.inference_times.map((it) => h("tr", {}, h("th", { scope: "row" }, t(`engine.${it.engine}`)),
      [number(it.batch_size), precise(it.median_ms), precise(it.p95_ms)].map((text) => h("td", { class: "number" }, text))))))));
}

function files(name, card) {
  const rows = Object.entries(card.files).sort(([a], [b]) => a.localeCompare(b));
  return part(t("card.files"), h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("card.files") }, h("table", { class: "data" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("card.file")), h("th", { scope: "col", class: "number" }, t("compare.size")), h("th", { scope: "col" }, "SHA-256"))),
    h("tbody", {}, [["manifest.json", null], ...rows].map(([path, it]) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: file(name, path), download: "" }, path)),
      h("td", { class: "number" }, it ? bytes(it.size_bytes) : ""),
      h("td", {}, it ? h("code", { class: "hash", title: it.sha256 }, it.sha256) : "")))))));
}
