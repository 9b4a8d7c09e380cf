// One uploaded data set: its classes, how many pictures each has, and the files that were skipped.

import { bar, byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showProblem } from "../shared/notices.js";
import { className, moment, number, t } from "../shared/page.js";
import { change, confirmed } from "./access.js";
import { versions } from "./standing.js";
import { pictureCount, pixels } from "./words.js";

const ROWS = 500;
let shown = "";

/** Show the data set of this name; what can be uploaded if there is none. */
export async function showDataset(name, acts) {
  const place = byId("dataset");
  shown = name;
  if (!name) {
    place.replaceChildren(invitation());
    return;
  }
  place.setAttribute("aria-busy", "true");
  try {
    const about = await askJson(`/v1/datasets/${encodeURIComponent(name)}`);
    if (shown === name) place.replaceChildren(...parts(about, acts));
  } catch (error) {
    if (shown !== name) return;
    const region = h("div", { role: "alert" });
    place.replaceChildren(region);
    showProblem(region, error);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** A button that deletes a data set, after a question; `onDeleted(name)` is told. */
export function removeButton(name, onDeleted) {
  const news = h("div", { role: "alert" });
  async function remove() {
    if (!(await confirmed(t("data.sureDelete", { name }), t("data.yesDelete"), t("data.deleteDetail")))) return;
    try {
      await change("DELETE", `/v1/datasets/${encodeURIComponent(name)}`);
    } catch (error) {
      showProblem(news, error);
      return;
    }
    onDeleted(name);
  }
  return [h("button", { type: "button", class: "small danger", onclick: remove }, t("data.delete")), news];
}

function invitation() {
  return h("div", { class: "empty" }, h("h2", {}, t("data.emptyTitle")), h("p", {}, t("data.empty")),
    h("dl", { class: "facts forms" }, [
      [".zip", t("data.form.zip")], [".npz", t("data.form.npz")], [".csv", t("data.form.csv")],
    ].flatMap(([name, text]) => [h("dt", {}, h("code", {}, name)), h("dd", {}, text)])));
}

function parts(about, { onTrain, onDeleted }) {
  const [remove, refused] = removeButton(about.name, onDeleted);
  const facts = [
    about.title === about.name ? "" : about.name, t("start.classes", { n: about.class_names.length }), pictureCount(about.splits),
    pixels(about.image_shape), about.image_shape[2] === 1 ? t("data.grey") : t("data.colour"),
    about.preprocessing === "none" ? "" : t("data.prepared", { how: t(`preprocessing.${about.preprocessing}`) }), t("data.uploaded", { when: moment(about.created_at) }),
  ];
  return [
    h("div", { class: "row between" }, h("h2", { tabindex: "-1" }, about.title),
      h("div", { class: "row" }, h("button", { type: "button", class: "small primary", onclick: () => onTrain(about.name) }, t("data.train")), remove)),
    refused,
    h("p", { class: "soft" }, facts.filter(Boolean).join(" · ")),
    trainedOn(about.name),
    about.notices.length ? h("div", { class: "notice", lang: "en" }, about.notices.map((text) => h("p", {}, text))) : null,
    skippedPart(about),
    classesPart(about),
  ].filter(Boolean);
}

/** The way to the models that were trained on it. */
function trainedOn(name) {
  const models = versions().filter((it) => it.dataset === name).slice(0, 12);
  if (!models.length) return null;
  return h("p", { class: "row" }, h("span", { class: "soft" }, t("data.models")),
    models.map((it) => h("a", { href: `#version=${it.model}/${it.version}` }, `${it.model}/${it.version}`)));
}

const card = (title, note, ...children) => h("section", { class: "card" }, h("header", {}, h("h3", {}, title), note ? h("p", { class: "soft" }, note) : null), ...children);
const scrolled = (label, child) => h("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": label }, child);
const head = (text, kind = "") => h("th", { scope: "col", class: kind }, text);

function skippedPart({ skipped, n_skipped: n }) {
  if (!n) return null;
  return card(t("data.skippedTitle"), t("data.skippedAbout", { n }),
    scrolled(t("data.skippedTitle"), h("dl", { class: "facts skipped" },
      Object.entries(skipped).slice(0, ROWS).flatMap(([name, reason]) => [h("dt", {}, name), h("dd", { lang: "en" }, reason)]))));
}

function classesPart({ class_names: names, splits }) {
  const columns = Object.keys(splits);
  const totals = names.map((name) => columns.reduce((sum, split) => sum + splits[split][name], 0));
  const largest = Math.max(...totals);
  return card(t("data.classes"), names.length > ROWS ? t("data.firstOf", { n: ROWS }) : "",
    scrolled(t("data.classes"), h("table", { class: "data" },
      h("thead", {}, h("tr", {}, head(t("data.class")), columns.map((split) => head(t(`data.split.${split}`), "number")), h("td", { class: "share" }))),
      h("tbody", {}, names.slice(0, ROWS).map((name, i) => h("tr", {}, h("th", { scope: "row" }, className(name)),
        columns.map((split) => h("td", { class: "number" }, number(splits[split][name]))),
        h("td", { class: "share" }, bar(totals[i] / largest, "first"))))))));
}
