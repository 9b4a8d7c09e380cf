// The list of runs, newest first.

import { bar, byId, h, setBar } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { data, moment, t } from "../shared/page.js";
import { badge, showRun, shownRun } from "./run.js";
import { refreshStanding, standing } from "./standing.js";
import { isOver } from "./watch.js";
import { kindName } from "./words.js";

const lines = new Map();
let runs = data.runs;
let most = data.runsShown;

/** Whether a run waits or works. */
export const isActive = () => runs.some((run) => !isOver(run.state));

/** Bring the list to life; `onChosen(id)` is told which run is shown. */
export function startRuns(onChosen) {
  byId("runs").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-run]");
    if (!button) return;
    chooseRun(button.dataset.run);
    onChosen(button.dataset.run);
    if (matchMedia("(max-width: 62rem)").matches) byId("run").scrollIntoView({ block: "start" });
  });
  byId("more-runs").addEventListener("click", async () => {
    most += data.runsShown;
    await refreshRuns();
  });
  draw();
}

/** Show a run; the one that works, or the newest, if none is named. */
export async function chooseRun(id = "") {
  const known = id ? runs.find((run) => run.id === id) : runs.find((run) => run.state === "running") ?? runs[0];
  const run = known ?? (id ? await askJson(`/v1/runs/${id}`).catch(() => null) : null);
  if (run) {
    showRun(run, refreshAll);
  } else {
    byId("run").replaceChildren(h("div", { class: "empty" },
      h("h2", {}, id ? t("empty.noRun") : t("empty.runsTitle")), h("p", {}, id ? t("empty.noRunText") : t("empty.runs"))));
  }
  mark();
}

/** Ask for the list anew. */
export async function refreshRuns() {
  if (standing.closed_because) return;
  runs = (await askJson(`/v1/runs?limit=${most + 1}`)).runs;
  const current = runs.find((run) => run.id === shownRun());
  if (current) showRun(current, refreshAll);
  draw();
}

/** Ask for all lists anew, as after a run came to its end; failures wait for the next time. */
export async function refreshAll() {
  await refreshStanding().catch(() => {});
  await refreshRuns().catch(() => {});
  draw();
}

function draw() {
  const shown = runs.slice(0, most);
  for (const run of shown) {
    if (!lines.has(run.id)) lines.set(run.id, line(run));
    lines.get(run.id).update(run);
  }
  const items = shown.map((run) => lines.get(run.id).item);
  const list = byId("runs");
  // An element that is put in anew loses the focus.
  if (items.length !== list.children.length || items.some((item, i) => item !== list.children[i])) list.replaceChildren(...items);
  byId("runs-title").parentElement.hidden = !runs.length;
  byId("more-runs").hidden = runs.length <= most;
  mark();
}

function mark() {
  for (const [id, it] of lines) it.button.setAttribute("aria-current", id === shownRun());
}

function line(first) {
  const state = h("span", {});
  const about = h("span", { class: "soft" });
  const progress = bar(0, "progress");
  const button = h("button", { type: "button", class: "line", "data-run": first.id },
    h("span", { class: "row between" }, h("span", { class: "strong" }, first.dataset), state), about, progress);
  return {
    button,
    item: h("li", {}, button),
    update(run) {
      if (state.dataset.state !== run.state) state.replaceChildren(badge(run.state));
      state.dataset.state = run.state;
      const at = standing.queue.indexOf(run.id);
      const place = run.state === "queued" && at >= 0 ? t("runs.place", { n: at + 1 }) : moment(run.created_at);
      about.textContent = `${run.models.map(kindName).join(", ")} · ${place}`;
      const now = run.progress;
      progress.toggleAttribute("hidden", run.state !== "running" || !now?.epochs);
      if (now?.epochs) setBar(progress, Math.min(1, ((now.epoch ?? 1) - 1 + (now.steps ? now.step / now.steps : 1)) / now.epochs));
    },
  };
}
