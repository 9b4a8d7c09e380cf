// One request at a time, and always one for the newest state: none is lost, none overtakes.

import { Problem } from "../shared/http.js";

const TIMEOUT_MS = 20_000;
const RETRY_MS = 2_000;

/**
 * Asks about whatever is newest.
 *
 * `ask(state, signal)` gives the answer to a state; `show(answer, state)` shows it, and
 * `fail(error, state)` shows a `Problem`. What may pass (the service is away or busy) is tried
 * again with the newest state. `onBusy(busy)` tells whether the newest state has its answer yet.
 */
export class Asking {
  #ask;
  #show;
  #fail;
  #onBusy;
  #wanted = null;
  #running = null;
  #retry = 0;

  constructor({ ask, show, fail, onBusy }) {
    this.#ask = ask;
    this.#show = show;
    this.#fail = fail;
    this.#onBusy = onBusy;
  }

  /** Want the answer to a state; it replaces one that was not asked for yet. */
  want(state) {
    this.#wanted = state;
    clearTimeout(this.#retry);
    this.#onBusy(true);
    if (!this.#running) this.#run();
  }

  /** Want nothing more; an answer that is on its way is not shown. */
  cancel() {
    this.#wanted = null;
    clearTimeout(this.#retry);
    this.#running?.abort();
    this.#running = null;
    this.#onBusy(false);
  }

  async #run() {
    const control = new AbortController();
    this.#running = control;
    while (this.#wanted && this.#running === control) {
      const state = this.#wanted;
      this.#wanted = null;
      await this.#one(state, control);
      if (control.signal.aborted) break; // it took too long
    }
    if (this.#running !== control) return;
    this.#running = null;
    this.#onBusy(false);
  }

  async #one(state, control) {
    const timer = setTimeout(() => control.abort(new Problem()), TIMEOUT_MS);
    try {
      const answer = await this.#ask(state, control.signal);
      if (this.#running === control) this.#show(answer, state);
    } catch (error) {
      if (this.#running !== control) return;
      const problem = control.signal.aborted ? control.signal.reason : error;
      this.#fail(problem, state);
      if (problem instanceof Problem && (problem.status === 0 || problem.status === 503)) {
        const wait = problem.retryAfter ? problem.retryAfter * 1000 : RETRY_MS;
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => { if (!this.#wanted) this.want(state); }, wait);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
