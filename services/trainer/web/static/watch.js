// Follows a run: by its events, and where those do not come through, by asking.

import { askJson } from "../shared/http.js";

const KINDS = ["StateChanged", "Started", "Stepped", "EpochEnded", "Published", "Notice", "Downloading", "Failed"];
const FINAL = new Set(["succeeded", "failed", "cancelled"]);
const PATIENCE_MS = 6000;
const POLL_MS = 2000;
const RECONNECT_MS = 8000;

/** Whether a run in this state is over. */
export const isOver = (state) => FINAL.has(state);

/**
 * Follow a run until it is over; gives a function that ends that.
 *
 * `onEvent(event)` gets each event once, in order; `onRun(run)` the run as it stands when it is
 * asked for because events do not come; `onConnection(well)` whether they do.
 */
export function watch(id, { onEvent, onRun, onConnection }) {
  let last = 0;
  let source = null;
  let polling = 0;
  let waiting = 0;
  let ended = false;

  function connect() {
    source?.close();
    source = new EventSource(`/v1/runs/${id}/events`);
    clearTimeout(waiting);
    waiting = setTimeout(lost, PATIENCE_MS);
    source.onopen = () => {
      clearTimeout(waiting);
      clearInterval(polling);
      polling = 0;
      onConnection(true);
    };
    source.onerror = () => {
      if (ended) return;
      lost();
      // The browser tries again by itself, unless it was refused.
      if (source.readyState === EventSource.CLOSED) waiting = setTimeout(connect, RECONNECT_MS);
    };
    for (const kind of KINDS) source.addEventListener(kind, receive);
  }

  function receive(message) {
    const number = Number(message.lastEventId);
    if (ended || number <= last) return; // told before the connection broke
    last = number;
    const event = JSON.parse(message.data);
    onEvent(event);
    if (event.event === "StateChanged" && isOver(event.state)) stop();
  }

  function lost() {
    onConnection(false);
    if (!polling && !ended) polling = setInterval(poll, POLL_MS);
  }

  async function poll() {
    const run = await askJson(`/v1/runs/${id}`).catch(() => null);
    if (!run || ended || !polling) return;
    onRun(run);
    if (isOver(run.state)) stop();
  }

  function stop() {
    ended = true;
    source?.close();
    clearTimeout(waiting);
    clearInterval(polling);
  }

  connect();
  return stop;
}
