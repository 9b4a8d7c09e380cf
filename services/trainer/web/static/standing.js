// What there is: models with their versions, the queue, and why something cannot be done.

import { byId } from "../shared/dom.js";
import { askJson } from "../shared/http.js";
import { showNotices } from "../shared/notices.js";
import { data, t } from "../shared/page.js";

const listeners = [];

/** As it was last told. */
export let standing = data.standing;

/** Call a function now, and whenever something else is told. */
export function whenStanding(listener) {
  listeners.push(listener);
  listener(standing);
}

/** Ask anew. */
export async function refreshStanding() {
  const told = await askJson("/web/standing");
  if (JSON.stringify(told) === JSON.stringify(standing)) return;
  standing = told;
  for (const listener of listeners) listener(standing);
}

/** Every version that can be looked at: `{model, dataset, kind, version, ...}`, newest first. */
export const versions = () =>
  standing.models.flatMap((model) => model.versions.map((line) => ({
    ...line, model: model.name, dataset: model.dataset, kind: model.kind,
    labels: Object.keys(model.labels).filter((label) => model.labels[label] === line.version),
  })));

/** Show why the service is not whole, if it is not. */
export function startStanding() {
  whenStanding(({ closed_because: closed, unreadable_because: unreadable }) => {
    showNotices(byId("closed"), [
      ...(closed ? [{ text: t("closed.desk"), detail: closed, kind: "caution" }] : []),
      ...(unreadable ? [{ text: t("closed.models"), detail: unreadable, kind: "alarm" }] : []),
    ]);
  });
}
