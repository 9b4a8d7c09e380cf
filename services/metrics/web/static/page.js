// The metrics page: takes what is given, asks the service, and shows what it answers.

import { byId } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showNotices, showProblem } from "../shared/notices.js";
import { t } from "../shared/page.js";
import { theme } from "../shared/theme.js";
import { classesCsv, matrixCsv, save, saveText } from "./downloads.js";
import { heatmap, valuesOf } from "./heatmap.js";
import { clearInput, paste, pointTo, request, startInput } from "./input.js";
import { canDraw, picture, showPlots, shownPlot } from "./plots.js";
import { cellWords, showClasses, showHeadline, showMatrixTable, showWorst } from "./results.js";
import { showStatistics } from "./statistics.js";

const OF_VIEW = {
  counts: {}, true: { normalize: "true" }, predicted: { normalize: "predicted" }, errors: { errors_only: "true" },
};
const problem = byId("input-problem");
let answer = null;
let values = null;
let running = null;

const heat = heatmap(byId("heat"), (cell) => {
  byId("cell").textContent = answer && cell ? cellWords(answer, values, view(), cell) : "";
});

const view = () => document.querySelector('input[name="view"]:checked').value;

function showMatrix() {
  values = valuesOf(answer, view());
  heat.show(answer, view());
}

async function mark({ scroll = true } = {}) {
  const given = request();
  if (!given) {
    showNotices(problem, [{ text: t("input.nothing"), kind: "caution" }]);
    return;
  }
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  byId("busy").hidden = false;
  if (given.headers["Content-Type"] !== "application/json") given.query.set("include", "all");
  try {
    answer = await askJson(`/v1/evaluate?${given.query}`, { method: "POST", headers: given.headers, body: given.body, signal });
    showNotices(problem, []);
    pointTo([]);
    show(given, scroll);
  } catch (error) {
    if (error.name === "AbortError") return;
    byId("results").hidden = true;
    showProblem(problem, error);
    pointTo(error.errors);
  } finally {
    if (running?.signal === signal) byId("busy").hidden = true;
  }
}

function show(given, scroll) {
  byId("results").hidden = false;
  showHeadline(answer);
  showMatrix();
  showWorst(answer, (cell) => {
    heat.go(cell);
    byId("heat").focus({ preventScroll: true });
  });
  showMatrixTable(answer);
  showClasses(answer);
  showPlots(given, answer);
  showStatistics(answer).catch((error) => showProblem(byId("statistics"), error));
  if (scroll) {
    byId("headline-title").focus({ preventScroll: true });
    byId("results").scrollIntoView({ behavior: "smooth", block: "start" });
  }
}

const DOWNLOADS = {
  "matrix-svg": async () => save(await picture("confusion-matrix", { ...OF_VIEW[view()], theme: theme() }), "confusion_matrix.svg"),
  "matrix-png": async () => save(await picture("confusion-matrix", { ...OF_VIEW[view()], theme: theme(), format: "png" }), "confusion_matrix.png"),
  "matrix-csv": () => saveText(matrixCsv(answer), "confusion_matrix.csv"),
  "classes-csv": () => saveText(classesCsv(answer), "per_class.csv"),
  "plot-svg": async () => save(await picture(shownPlot(), { theme: theme() }), `${shownPlot()}.svg`),
  "plot-png": async () => save(await picture(shownPlot(), { theme: theme(), format: "png" }), `${shownPlot()}.png`),
  json: () => saveText(JSON.stringify(answer, null, 1), "evaluation.json", "application/json"),
};

for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", async () => {
    if (button.dataset.download.startsWith("plot-") && !canDraw()) return;
    try {
      await DOWNLOADS[button.dataset.download]();
    } catch (error) {
      showProblem(problem, error);
    }
  });
}

startInput(() => {
  showNotices(problem, []);
  pointTo([]);
});
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  mark();
});
byId("pasted").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) mark();
});
byId("example").addEventListener("click", async () => {
  const { example } = await import("./example.js");
  paste(example());
  await mark();
});
byId("clear").addEventListener("click", () => {
  running?.abort();
  clearInput();
  byId("results").hidden = true;
  showNotices(problem, []);
  byId("pasted").focus();
});
for (const radio of document.querySelectorAll('input[name="view"]')) radio.addEventListener("change", showMatrix);
