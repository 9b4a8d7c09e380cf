// One run: its state, what it told, and the curves of its models as they grow.

import { byId, h } from "../shared/dom.js";
import { showProblem } from "../shared/notices.js";
import { duration, hasWords, moment, percentage, t } from "../shared/page.js";
import { change, confirmed } from "./access.js";
import { takeIn } from "./course.js";
import { courseView } from "./curves.js";
import { standing } from "./standing.js";
import { isOver, watch } from "./watch.js";
import { bytes, kindName, recipeName } from "./words.js";

const SPEAK_EVERY_MS = 8000;

/** The colours of states. */
export const MOODS = { queued: "", running: "busy good", succeeded: "good", failed: "bad", cancelled: "caution" };

/** A state in one word. */
export const badge = (state) =>
  h("span", { class: `badge ${MOODS[state] ?? ""}` }, hasWords(`state.${state}`) ? t(`state.${state}`) : state);

let stop = () => {};
let shown = null;

/** The id of the run that is shown. */
export const shownRun = () => shown?.run.id ?? "";

/** Show a run and follow it; `onNews(run)` is called when its state or what it published changed. */
export function showRun(run, onNews) {
  if (shown?.run.id === run.id) {
    shown.renew(run);
    return;
  }
  stop();
  const place = byId("run");
  shown = runView(run, onNews);
  place.replaceChildren(shown.element);
  stop = watch(run.id, shown);
}

function runView(first, onNews) {
  let run = first;
  let well = true;
  let downloading = null;
  let redraw = 0;
  const courses = new Map();
  const views = new Map();
  const head = h("div", { class: "row between" });
  const facts = h("p", { class: "soft" });
  const news = h("div", { class: "stack small" });
  const plots = h("div", { class: "stack" });
  const cancel = h("button", { type: "button", class: "small danger", onclick: () => cancelRun(run, onNews) }, t("run.cancel"));
  const compare = h("p", { hidden: true });
  const element = h("div", { class: "stack" }, h("div", { class: "stack small" }, head, facts), news, compare, plots);

  function draw() {
    redraw = 0;
    const over = isOver(run.state);
    const key = `${run.state}`;
    if (head.dataset.key !== key) {
      head.dataset.key = key;
      head.replaceChildren(
        h("h2", { class: "row" }, h("span", {}, run.dataset), badge(run.state)),
        over ? "" : cancel);
    }
    facts.textContent = about(run);
    news.replaceChildren(...notices());
    news.hidden = !news.childElementCount;
    drawCompare();
    for (const [model, course] of courses) {
      if (!views.has(model)) {
        views.set(model, courseView(course));
        plots.append(views.get(model).element);
      }
      views.get(model).update(course, run.state === "running");
    }
  }

  /** The way to the comparison, once there are two versions to compare. */
  function drawCompare() {
    const versions = [...courses.values()].filter((it) => it.published).map((it) => `${it.model}/${it.published.version}`);
    if (versions.length < 2 || compare.dataset.versions === versions.join()) return;
    compare.dataset.versions = versions.join();
    compare.replaceChildren(h("a", { class: "button primary", href: `#compare=${versions.reverse().join(",")}` }, t("run.compare")));
    compare.hidden = false;
  }

  function notices() {
    const at = standing.queue.indexOf(run.id);
    const waits = run.state === "queued" && at >= 0;
    return [
      run.state === "failed" ? note(t("run.failed"), run.reason, "alarm") : null,
      run.state !== "failed" && run.reason ? note(t("run.interrupted"), run.reason, "caution") : null,
      waits ? note(at === 0 ? t("run.next") : t("run.waits", { n: at })) : null,
      run.state === "running" && downloading ? note(t("run.downloading", { file: downloading.file }), howMuch(downloading)) : null,
      run.state === "running" && !courses.size && !downloading ? note(t("run.prepares")) : null,
      isOver(run.state) && !courses.size && run.state !== "failed" ? note(t("run.nothing")) : null,
      ...[...new Set(run.notices)].map((text) => h("p", { class: "notice caution" }, text)),
      well ? null : note(t("run.lost"), "", "caution"),
    ].filter(Boolean);
  }

  const soon = () => { redraw ||= requestAnimationFrame(draw); };

  function onEvent(event) {
    takeIn(courses, event);
    downloading = event.event === "Downloading" ? event : null;
    if (event.event === "StateChanged" && event.state !== run.state) {
      run = { ...run, state: event.state, reason: event.reason };
      say(t("run.spoken", { name: run.dataset, state: t(`state.${event.state}`) }), true);
      onNews();
    } else if (event.event === "Notice" && !run.notices.includes(event.message)) {
      run = { ...run, notices: [...run.notices, event.message] };
    } else if (event.event === "Published") {
      onNews();
    } else if (event.event === "EpochEnded") {
      say(t("course.spokenEpoch", {
        model: event.model, epoch: event.epoch, epochs: event.epochs, value: percentage(event.validation_accuracy, 1),
      }));
    }
    soon();
  }

  function renew(next) {
    run = { ...next, notices: [...new Set([...next.notices, ...run.notices])] };
    for (const it of next.published) takeIn(courses, { event: "Published", ...it });
    if (!well && next.progress) onEvent(next.progress);
    soon();
  }

  draw();
  return {
    get run() { return run; },
    element, onEvent, renew,
    onRun(next) {
      const before = run.state;
      renew(next);
      if (before !== next.state) onNews();
    },
    onConnection(is) {
      if (well === is) return;
      well = is;
      soon();
    },
  };
}

const note = (text, detail = "", kind = "") =>
  h("div", { class: `notice ${kind}` }, h("p", {}, h("strong", {}, text)), detail ? h("p", {}, detail) : null);

function howMuch({ done_bytes: done, total_bytes: total }) {
  return total ? t("run.bytesOf", { done: bytes(done), total: bytes(total) }) : bytes(done);
}

function about(run) {
  const changes = run.changes ?? {};
  return [
    run.models.map(kindName).join(", "),
    t("run.recipe", { name: recipeName(run.recipe) }),
    changes.epochs ? t("run.epochs", { n: changes.epochs }) : "",
    changes.batch_size ? t("run.batch", { n: changes.batch_size }) : "",
    changes.learning_rate ? t("run.rate", { value: String(changes.learning_rate) }) : "",
    t("run.seed", { value: String(run.seed) }),
    t("run.created", { when: moment(run.created_at) }),
    run.started_at && run.ended_at ? duration((new Date(run.ended_at) - new Date(run.started_at)) / 1000) : "",
    run.attempts > 1 ? t("run.attempts", { n: run.attempts }) : "",
  ].filter(Boolean).join(" · ");
}

async function cancelRun(run, onNews) {
  const text = t("run.cancelSure", { name: run.dataset });
  if (!(await confirmed(text, t("run.cancelYes"), t("run.cancelDetail")))) return;
  try {
    await change("DELETE", `/v1/runs/${run.id}`);
  } catch (error) {
    showProblem(byId("news"), error);
  }
  onNews();
}

let spokenAt = 0;

/** Tell screen readers, but not each epoch of a quick training. */
function say(text, important = false) {
  const now = Date.now();
  if (!important && now - spokenAt < SPEAK_EVERY_MS) return;
  spokenAt = now;
  byId("spoken").textContent = text;
}
