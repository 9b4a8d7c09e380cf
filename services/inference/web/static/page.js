// The inference page: whatever is drawn, dropped, pasted, chosen, photographed or named by its
// address goes to the chosen models, and what they say is shown beside it.

import { bar, byId, h } from "../shared/dom.js";
import { askJson, Problem } from "../shared/http.js";
import { confirmOn, copyText, showNotices, showProblem } from "../shared/notices.js";
import { data, number, services, t } from "../shared/page.js";
import { inWords, showAnswer, showNoAnswers, showVersions } from "./answers.js";
import { Asking } from "./asking.js";
import { photograph } from "./camera.js";
import { commandFor } from "./curl.js";
import { showDoubts } from "./doubts.js";
import { Models, trainingNews } from "./models.js";
import { Sketch } from "./sketch.js";
import { hidePicture, nameInstead, showBoxes, showPicture } from "./stage.js";

const SKETCH_SIZE = [280, 280];
const SPEAK_AFTER_MS = 700;
const NEWS_MS = 2_000;
const KEPT_DRAWING = "gabarito-drawing";

let source = null; // {blob, name} | {url} | null: the sketch
let answered = { answers: [], isSketch: true };
let chosenDigit = 0;
let speakTimer = 0;

const sketch = new Sketch(byId("sketch"), {
  onChange() {
    byId("invitation").hidden = !sketch.empty;
    byId("undo").disabled = !sketch.canUndo;
    byId("clear").disabled = sketch.empty && !source;
    if (!source) ask();
  },
  onPen(down) { byId("sketch-status").textContent = down ? t("sketch.down") : t("sketch.up"); },
});

const asking = new Asking({
  async ask({ source: asked, addresses, options }, signal) {
    if (asked?.blob?.size > data.maxBodyBytes) throw tooLarge(asked.blob.size);
    const request = asked?.url ? jsonOf(asked.url) : { body: asked?.blob ?? sketch.toPng() };
    const answers = await Promise.all(addresses.map((address) =>
      askJson(address + options, { method: "POST", ...request, signal })));
    return answers.flatMap((answer) => answer.predictions ?? [answer]);
  },
  show(answers, state) {
    showNotices(byId("news"), []);
    answered = { answers, isSketch: !state.source };
    const count = Math.max(...answers.map((it) => it.digits?.length ?? 1));
    chosenDigit = Math.min(chosenDigit, count - 1);
    if (state.fresh) chosenDigit = mostProminent(answers[0]);
    showAnswered();
    showDoubts(answers);
    performance.measure("answered", { start: state.at });
    clearTimeout(speakTimer);
    speakTimer = setTimeout(() => { byId("spoken").textContent = inWords(answers); }, SPEAK_AFTER_MS);
  },
  fail(error, state) {
    if (state.source && error.status !== 0 && error.status !== 503) noAnswers();
    showProblem(byId("news"), error);
  },
  onBusy(busy) { byId("answers").setAttribute("aria-busy", String(busy)); },
});

const models = new Models({
  fieldset: byId("who"),
  dataset: document.getElementById("dataset"),
  onChange() {
    arrange();
    ask();
  },
  onContact(there) {
    if (!there) showNotices(byId("news"), [{ text: t("problem.unreachable"), detail: t("news.retry"), kind: "alarm" }]);
    else if (byId("news").textContent.includes(t("news.retry"))) {
      showNotices(byId("news"), []);
      ask();
    }
  },
});

/** Told before it is sent: a connection that the service closes in the middle tells nothing. */
function tooLarge(size) {
  const megabytes = (bytes) => number(bytes / 1e6, 1);
  const detail = t("picture.too-large", { size: megabytes(size), most: megabytes(data.maxBodyBytes) });
  return new Problem({ status: 413, slug: "payload-too-large", detail, detailLanguage: null });
}

function jsonOf(url) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ url }) };
}

/** Where the chosen models answer: one address for all, or one for each chosen version. */
function addresses() {
  if (models.isDefault) return [`/predict?dataset=${encodeURIComponent(models.dataset)}`];
  return models.chosen.map((it) => `/predict/${encodeURIComponent(it.model)}?version=${it.version}`);
}

function ask({ fresh = false } = {}) {
  showCommand();
  if (!source && sketch.empty) {
    asking.cancel();
    noAnswers();
    return;
  }
  if (!models.chosen.length) return;
  asking.want({ source, addresses: addresses(), options: "&input=true", fresh, at: performance.now() });
}

function noAnswers() {
  answered = { answers: [], isSketch: !source };
  clearTimeout(speakTimer);
  byId("spoken").textContent = "";
  showNoAnswers(data.classNames);
  showBoxes([]);
  showDoubts([]);
}

function mostProminent(answer) {
  const at = (answer?.digits ?? []).findIndex((it) => it.label === answer.label && it.probability === answer.probability);
  return Math.max(0, at);
}

function showAnswered() {
  const { answers, isSketch } = answered;
  for (const answer of answers) {
    showAnswer(answer, chosenDigit, (i) => {
      chosenDigit = i;
      showAnswered();
    });
  }
  const digits = answers[0]?.digits ?? [];
  if (isSketch) showBoxes(digits.length > 1 ? digits : [], chosenDigit, SKETCH_SIZE);
  else showBoxes(digits, digits.length > 1 ? chosenDigit : -1);
}

/** Take a picture as what is asked about. */
async function usePicture(blob, name) {
  asking.cancel();
  source = { blob, name: name || blob.name || "picture" };
  byId("invitation").hidden = true;
  byId("clear").disabled = false;
  const taken = source;
  await showPicture(new File([blob], source.name));
  if (source === taken) ask({ fresh: true });
}

function useSketch() {
  asking.cancel();
  source = null;
  byId("picture").reset();
  hidePicture();
}

byId("undo").addEventListener("click", () => (source ? clear() : sketch.undo()));
byId("clear").addEventListener("click", () => clear());
function clear() {
  if (source) {
    useSketch();
    sketch.strokes = sketch.strokes; // what was drawn before is asked about again
  } else sketch.clear();
  showNotices(byId("news"), []);
  byId("sketch").focus({ preventScroll: true });
}
byId("pens").addEventListener("change", (event) => { sketch.pen = event.target.value; });

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog")) return;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
    event.preventDefault();
    byId("undo").click();
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    clear();
  }
});

for (const id of ["file", "capture"]) {
  byId(id).addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) usePicture(file);
  });
}
byId("camera").addEventListener("click", async () => {
  const photo = await photograph();
  if (photo) usePicture(photo, "photo.png");
});
byId("picture").addEventListener("submit", (event) => {
  event.preventDefault();
  const url = byId("url").value.trim();
  if (!url) return byId("url").focus();
  asking.cancel();
  hidePicture();
  source = { url };
  byId("invitation").hidden = true;
  byId("clear").disabled = false;
  nameInstead(url);
  return ask({ fresh: true });
});

document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((it) => it.type.startsWith("image/"));
  if (file) {
    event.preventDefault();
    usePicture(file);
  }
});
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].some((type) => type === "Files")) return;
    event.preventDefault();
    byId("stage").classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) byId("stage").classList.remove("over"); });
document.addEventListener("drop", (event) => {
  byId("stage").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (!file) return;
  event.preventDefault();
  usePicture(file);
});

// The same as a command; made only while it is to be seen.
const curlPart = byId("curl-part");
async function showCommand() {
  if (!curlPart.open) return;
  const shown = source ?? { blob: sketch.toPng() };
  const { hint, command } = await commandFor(shown, addresses());
  byId("curl-hint").textContent = hint;
  byId("curl").textContent = command;
}
curlPart.addEventListener("toggle", showCommand);
byId("copy-curl").addEventListener("click", async () => {
  if (await copyText(byId("curl").textContent)) confirmOn(byId("copy-curl"));
});

// What stands beside the answers while a model is missing.
const missing = h("div", { class: "empty" });
let missingNews = "";
function arrange() {
  const { versions, chosen } = models;
  const names = data.classNames[chosen[0]?.model] ?? [];
  const ofDigits = names.every((name) => /^\d+$/.test(name));
  byId("title").textContent = ofDigits ? t("page.title") : t("page.title.other");
  byId("lead").textContent = ofDigits ? t("page.lead") : t("page.lead.other");
  byId("invitation").textContent = ofDigits ? t("sketch.invitation") : t("picture.drop");
  const incomplete = new Set(versions.map((it) => it.model)).size < 2;
  showVersions(chosen, incomplete ? [missing] : []);
  if (!answered.answers.length) showNoAnswers(data.classNames);
  if (incomplete) describeMissing(versions.length);
}

async function describeMissing(count) {
  let news;
  try {
    news = await trainingNews();
  } catch {
    news = { text: t("training.unknown") };
  }
  const shown = JSON.stringify([count, news]);
  if (shown !== missingNews) {
    missingNews = shown;
    missing.replaceChildren(
      h("h3", {}, count ? t("empty.one") : t("empty.title")),
      h("p", { role: "status" }, news.text),
      news.share === undefined ? "" : h("div", { class: "training" }, bar(news.share, "progress")),
      h("p", {}, h("a", { class: "button", href: services.trainer }, t("empty.trainer"))));
  }
}
setInterval(() => { if (!document.hidden && missing.isConnected) describeMissing(models.versions.length); }, NEWS_MS);

// A change of language loads the page again; the drawing outlives that.
addEventListener("pagehide", () => sessionStorage.setItem(KEPT_DRAWING, JSON.stringify(sketch.strokes)));
arrange();
const kept = JSON.parse(sessionStorage.getItem(KEPT_DRAWING) ?? "[]");
if (kept.length) sketch.strokes = kept;
