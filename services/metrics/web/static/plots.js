// Pictures that the service draws of what was marked: shown, and saved.

import { byId, h } from "../shared/dom.js";
import { ask } from "../shared/http.js";
import { showProblem } from "../shared/notices.js";
import { language, t } from "../shared/page.js";
import { startTabs } from "../shared/tabs.js";
import { theme } from "../shared/theme.js";

const OF_SCORES = new Set(["roc", "precision-recall", "calibration"]);
const WIDEST = 960;
let given = null;
let answer = null;
let kind = "per-class";
const shown = new Map();

/** The picture of a kind as a blob. */
export async function picture(of, options) {
  const query = new URLSearchParams([...given.query].filter(([name]) => name !== "include"));
  for (const [name, value] of Object.entries({ lang: language.slice(0, 2), ...options })) query.set(name, value);
  const response = await ask(`/v1/plots/${of}?${query}`, { method: "POST", headers: given.headers, body: given.body });
  return response.blob();
}

/** Show the pictures of a request and its answer. */
export function showPlots(request, nextAnswer) {
  given = request;
  answer = nextAnswer;
  forget();
  draw();
}

/** Which picture is shown. */
export const shownPlot = () => kind;

/** Whether the picture that is shown can be made. */
export const canDraw = () => reasonAgainst(kind) === null;

function reasonAgainst(of) {
  if (!OF_SCORES.has(of)) return null;
  if (!answer.scores) return t("plots.no-scores");
  return of === "calibration" && answer.scores.score_type !== "probability" ? t("plots.no-probabilities") : null;
}

function forget() {
  for (const url of shown.values()) URL.revokeObjectURL(url);
  shown.clear();
  for (const panel of document.querySelectorAll(".panel")) panel.replaceChildren();
}

/** What a picture says of itself; a parser would apply the page's policy to its styles. */
function descriptionOf(svg) {
  const [, escaped] = /<desc>([^]*?)<\/desc>/.exec(svg) ?? ["", ""];
  return escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

async function draw() {
  if (!given) return;
  const of = kind;
  const panel = byId(`panel-${of}`);
  const against = reasonAgainst(of);
  for (const button of document.querySelectorAll('[data-download^="plot-"]')) button.disabled = against !== null;
  if (against) {
    panel.replaceChildren(h("p", { class: "soft" }, against));
    return;
  }
  const width = Math.max(320, Math.min(WIDEST, Math.floor(panel.clientWidth / 40) * 40));
  const name = `${of} ${theme()} ${width}`;
  if (panel.dataset.shown === name && shown.has(name)) return;
  const asked = given;
  if (!panel.firstChild) panel.append(h("p", { class: "badge busy" }, t("plots.busy")));
  try {
    const blob = await picture(of, { theme: theme(), width });
    if (asked !== given) return;
    const url = URL.createObjectURL(blob);
    shown.set(name, url);
    panel.dataset.shown = name;
    panel.replaceChildren(h("img", { src: url, alt: descriptionOf(await blob.text()) }));
  } catch (error) {
    delete panel.dataset.shown;
    if (asked === given) showProblem(panel, error);
  }
}

startTabs(byId("plot-tabs"), (id) => {
  kind = id.replace("tab-", "");
  draw();
});
document.addEventListener("themechange", draw);
new ResizeObserver(draw).observe(byId("plot-tabs"));
