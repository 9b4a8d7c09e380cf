// The labels of a version: shown, moved, removed, and the last move undone.

import { byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showProblem } from "../shared/notices.js";
import { moment, t } from "../shared/page.js";
import { change, confirmed } from "./access.js";
import { refreshStanding } from "./standing.js";

const USUAL = ["champion", "challenger", "default", "canary"];

/** The part of a card that holds the labels. */
export function labelsPart(model, version) {
  const list = h("ul", { class: "labels" });
  const past = h("ol", { class: "stack small soft past" });
  const history = h("details", { hidden: true }, h("summary", {}, t("labels.history")), past);
  const news = h("div", { role: "alert" });
  const field = h("input", { id: "label-name", name: "label", list: "usual-labels", autocomplete: "off", maxlength: "64", pattern: "[A-Za-z][A-Za-z0-9._\\-]*", required: true, title: t("labels.form") });
  const form = h("form", { class: "row end", onsubmit: give },
    h("div", { class: "field" }, h("label", { for: "label-name" }, t("labels.name")), field,
      h("datalist", { id: "usual-labels" }, USUAL.map((value) => h("option", { value })))),
    h("button", { class: "small" }, t("labels.give")));
  const address = `/v1/models/${model}/labels`;

  function show(book) {
    const names = Object.keys(book.labels);
    const moved = new Set(book.history.map((it) => it.label));
    list.replaceChildren(...(names.length ? names.map((name) => entry(name, book.labels[name], moved.has(name))) : [h("li", { class: "soft" }, t("labels.none", { model }))]));
    history.hidden = !book.history.length;
    past.replaceChildren(...[...book.history].reverse().slice(0, 50).map((it) => h("li", {}, t("labels.move", {
      when: moment(it.at), label: it.label, from: it.from_version ?? "–", to: it.to_version ?? "–",
    }), it.reason ? `: ${it.reason}` : "")));
  }

  function entry(name, at, canUndo) {
    return h("li", { class: "row" }, h("span", { class: `badge ${at === version ? "good" : ""}` }, name), h("span", {}, t("models.versionOf", { version: at })),
      at === version ? null : h("button", { type: "button", class: "small", onclick: () => move(name, at) }, t("labels.here")),
      canUndo ? h("button", { type: "button", class: "small quiet", onclick: () => undo(name) }, t("labels.undo")) : null,
      h("button", { type: "button", class: "small quiet", onclick: () => remove(name) }, t("labels.remove")));
  }

  async function act(work) {
    news.replaceChildren();
    delete news.dataset.shown;
    try {
      show(await work());
      byId("spoken").textContent = t("labels.done");
      await refreshStanding();
    } catch (error) {
      showProblem(news, error);
    }
  }

  async function give(event) {
    event.preventDefault();
    const name = field.value.trim();
    const book = await askJson(address).catch(() => ({ labels: {} }));
    const at = book.labels[name];
    if (at === version) return;
    field.value = "";
    await move(name, at);
  }

  async function move(name, from) {
    if (from !== undefined) {
      const sure = t("labels.sureMove", { label: name, from, to: version });
      if (!(await confirmed(sure, t("labels.yesMove"), name === "default" ? t("labels.default") : ""))) return;
    }
    await act(() => change("PUT", `${address}/${encodeURIComponent(name)}`, { version }));
  }

  async function undo(name) {
    if (await confirmed(t("labels.sureUndo", { label: name }), t("labels.undo"))) {
      await act(() => change("POST", `${address}/${encodeURIComponent(name)}/rollback`));
    }
  }

  async function remove(name) {
    if (await confirmed(t("labels.sureRemove", { label: name, model }), t("labels.remove"))) {
      await act(() => change("DELETE", `${address}/${encodeURIComponent(name)}`));
    }
  }

  askJson(address).then(show, (error) => showProblem(news, error));
  return h("section", { class: "card labels-part" }, h("header", {}, h("h3", {}, t("models.labels"))),
    h("div", { class: "stack small" }, h("p", { class: "soft" }, t("labels.about")), list, form, news, history));
}
