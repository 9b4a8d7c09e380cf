// Every data set that was uploaded, newest first.

import { byId, h } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { data, t } from "../shared/page.js";
import { removeButton, showDataset } from "./dataset.js";
import { startUpload } from "./upload.js";
import { pictureCount, pixels } from "./words.js";

let own = data.own;
let most = data.ownShown;
let chosen = "";
let acts = {};

/** Bring the list and the form to life; `onChosen(name)` is told what is shown, `onTrain(name)` what is to be trained on. */
export function startData({ onChosen, onTrain }) {
  acts = {
    onTrain,
    async onDeleted(name) {
      if (chosen === name) chosen = "";
      await refreshData();
      chooseData();
      onChosen(chosen);
      byId("data-title").focus();
    },
  };
  byId("data").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-name]");
    if (!button) return;
    chooseData(button.dataset.name);
    onChosen(chosen);
    if (matchMedia("(max-width: 62rem)").matches) byId("dataset").scrollIntoView({ block: "start" });
  });
  byId("more-data").addEventListener("click", () => {
    most += data.ownShown;
    draw();
  });
  startUpload({
    isTaken,
    async onUploaded(about) {
      await refreshData().catch(() => {});
      byId("upload-part").open = false;
      byId("spoken").textContent = t("data.spoken", { name: about.title, pictures: pictureCount(about.splits) });
      await chooseData(about.name);
      onChosen(about.name);
      byId("dataset").querySelector("h2")?.focus();
    },
  });
  draw();
}

/** Show a data set; the newest if none is named. */
export async function chooseData(name = "") {
  chosen = name || chosen || own.datasets[0]?.name || "";
  mark();
  await showDataset(chosen, acts);
}

/** The data set that is shown. */
export const shownData = () => chosen;

/** Ask for the list anew. */
export async function refreshData() {
  const told = await askJson("/web/data");
  if (JSON.stringify(told) === JSON.stringify(own)) return;
  own = told;
  draw();
}

const isTaken = (name) => [...data.start.datasets.filter((it) => !it.own), ...own.datasets, ...own.damaged].some((it) => it.name === name);

function draw() {
  const focused = document.activeElement?.dataset?.name;
  const list = byId("data");
  list.replaceChildren(...(own.datasets.length ? own.datasets.slice(0, most).map(line) : [h("li", { class: "soft" }, t("data.none"))]));
  if (focused) list.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  byId("more-data").hidden = own.datasets.length <= most;
  byId("data-damaged").replaceChildren(...own.damaged.map((it) => h("div", { class: "notice alarm" },
    h("p", {}, h("strong", {}, t("data.damaged", { name: it.name }))), h("p", { lang: "en" }, it.reason),
    h("p", {}, removeButton(it.name, acts.onDeleted)))));
  mark();
}

function line(it) {
  const total = Object.values(it.examples).reduce((sum, count) => sum + count, 0);
  return h("li", {}, h("button", { type: "button", class: "line", "data-name": it.name },
    h("span", { class: "row between" }, h("span", { class: "strong" }, it.title),
      it.skipped ? h("span", { class: "badge caution" }, t("data.skipped", { n: it.skipped })) : null),
    h("span", { class: "soft" }, [t("start.classes", { n: it.classes }), t("data.pictures", { n: total }), pixels(it.image_shape)].join(" · "))));
}

function mark() {
  for (const button of document.querySelectorAll("#data [data-name]")) {
    button.setAttribute("aria-current", button.dataset.name === chosen);
  }
}
