// The trainer page: which part is looked at, and when to ask what is new.

import { byId } from "../shared/dom.js";
import { startTabs } from "../shared/tabs.js";
import { startKey } from "./access.js";
import { compared, showComparison, startComparison } from "./compare.js";
import { chooseVersion, startModels } from "./models.js";
import { shownRun } from "./run.js";
import { chooseRun, isActive, refreshAll, startRuns } from "./runs.js";
import { startForm } from "./start.js";
import { startStanding } from "./standing.js";

// Events tell what happens in the run that is looked at; this is for what others do.
const ACTIVE_MS = 5000;
const IDLE_MS = 20000;

let part = "";
let select = () => {};

function open(id) {
  part = id.replace("tab-", "");
  if (part === "compare") showComparison();
  if (part === "models") chooseVersion();
  if (part === "runs" && !shownRun()) chooseRun();
}

/** Keep the address such that it leads here again. */
function remember(kind, value) {
  history.replaceState(null, "", value ? `#${kind}=${value}` : location.pathname + location.search);
}

/** Show what the address names: `#run=`, `#version=` or `#compare=`. */
function follow() {
  const [kind, value = ""] = decodeURIComponent(location.hash.slice(1)).split("=");
  if (kind === "run") {
    select("tab-runs");
    chooseRun(value);
  } else if (kind === "version") {
    select("tab-models");
    chooseVersion(value);
  } else if (kind === "compare") {
    select("tab-compare");
    showComparison(value.split(",").filter(Boolean));
  } else {
    return false;
  }
  return true;
}

startKey();
startStanding();
startRuns((id) => remember("run", id));
startModels((name) => remember("version", name));
startComparison({ isVisible: () => part === "compare", onChosen: (names) => remember("compare", names.join(",")) });
startForm(async (run) => {
  await refreshAll();
  await chooseRun(run.id);
  remember("run", run.id);
  byId("run").scrollIntoView({ block: "nearest" });
});
byId("to-start").addEventListener("click", () => select("tab-runs"), { capture: true });

select = startTabs(byId("tabs"), (id) => {
  const before = part;
  open(id);
  if (before && before !== part) {
    remember({ compare: "compare", runs: "run", models: "version" }[part],
      part === "compare" ? compared().join(",") : part === "runs" ? shownRun() : document.querySelector('#models [aria-current="true"]')?.dataset.version);
  }
});
follow();
addEventListener("hashchange", () => {
  if (follow()) byId(`panel-${part}`).focus({ preventScroll: true });
});

async function askAgain() {
  if (!document.hidden) await refreshAll();
  setTimeout(askAgain, isActive() ? ACTIVE_MS : IDLE_MS);
}
setTimeout(askAgain, ACTIVE_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshAll(); });
