// The trainer page: which part is looked at, and when to ask what is new.

import { byId } from "../shared/dom.js";
import { startTabs } from "../shared/tabs.js";
import { startKey } from "./access.js";
import { compared, showComparison, startComparison } from "./compare.js";
import { chooseData, refreshData, shownData, startData } from "./data.js";
import { chooseVersion, startModels } from "./models.js";
import { shownRun } from "./run.js";
import { chooseRun, isActive, refreshAll, startRuns } from "./runs.js";
import { startForm, startWith } from "./start.js";
import { startStanding } from "./standing.js";

// Events tell what happens in the run that is looked at; this is for what others do.
const ACTIVE_MS = 5000;
const IDLE_MS = 20000;

const KIND_OF = { compare: "compare", runs: "run", models: "version", data: "data" };

let part = "";
let isQuiet = true; // what is not looked at is not asked for
let select = () => {};

function open(id) {
  const before = part;
  part = id.replace("tab-", "");
  if (isQuiet) return;
  if (part === "compare") showComparison();
  if (part === "models") chooseVersion();
  if (part === "runs" && !shownRun()) chooseRun();
  if (part === "data") {
    chooseData();
    refreshData().catch(() => {});
  }
  if (before !== part) remember(KIND_OF[part], shownIn(part));
}

/** What is shown in a part, as its address names it. */
function shownIn(name) {
  if (name === "compare") return compared().join(",");
  if (name === "runs") return shownRun();
  if (name === "data") return shownData();
  return document.querySelector('#models [aria-current="true"]')?.dataset.version;
}

/** Keep the address such that it leads here again. */
function remember(kind, value) {
  history.replaceState(null, "", value ? `#${kind}=${value}` : location.pathname + location.search);
}

/** Show what the address names: `#run=`, `#version=`, `#compare=` or `#data=`. */
function follow() {
  const [kind, value = ""] = location.hash.slice(1).split("=");
  const wanted = Object.keys(KIND_OF).find((name) => KIND_OF[name] === kind);
  if (!wanted) return false;
  isQuiet = true;
  select(`tab-${wanted}`);
  isQuiet = false;
  if (wanted === "runs") chooseRun(value);
  if (wanted === "models") chooseVersion(value);
  if (wanted === "data") chooseData(value);
  if (wanted === "compare") showComparison(value.split(",").filter(Boolean));
  return true;
}

startKey();
startStanding();
startRuns((id) => remember("run", id));
startModels((name) => remember("version", name));
startComparison({ isVisible: () => !isQuiet && part === "compare", onChosen: (names) => remember("compare", names.join(",")) });
startData({
  onChosen: (name) => remember("data", name),
  async onTrain(name) {
    select("tab-runs");
    await startWith(name);
  },
});
startForm(async (run) => {
  await refreshAll();
  await chooseRun(run.id);
  remember("run", run.id);
  byId("run").scrollIntoView({ block: "nearest" });
});
byId("to-start").addEventListener("click", () => select("tab-runs"), { capture: true });

select = startTabs(byId("tabs"), open);
isQuiet = false;
if (!follow()) open(`tab-${part}`);
addEventListener("hashchange", () => {
  if (follow()) byId(`panel-${part}`).focus({ preventScroll: true });
});

async function askAgain() {
  if (!document.hidden) await refreshAll();
  if (!document.hidden && part === "data") await refreshData().catch(() => {});
  setTimeout(askAgain, isActive() ? ACTIVE_MS : IDLE_MS);
}
setTimeout(askAgain, ACTIVE_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshAll(); });
