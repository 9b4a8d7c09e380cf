// The cards of what each model says; their structure is the template that the server fills too.

import { bar, byId, h, setBar } from "../shared/dom.js";
import { className, milliseconds, percentage, t } from "../shared/page.js";
import { titleOf } from "./models.js";

const cards = new Map();

const digitsOf = (answer) => (answer.digits?.length ? answer.digits : [answer]);

function cardOf(entry) {
  const key = `${entry.model}/${entry.version}`;
  if (cards.has(key)) return cards.get(key);
  const card = byId("card").content.firstElementChild.cloneNode(true);
  const slot = Object.fromEntries([...card.querySelectorAll("[data-slot]")].map((it) => [it.dataset.slot, it]));
  slot.title.textContent = titleOf(entry.model);
  slot.model.textContent = entry.model;
  slot.version.textContent = t("models.version", { version: String(entry.version) });
  card.setAttribute("aria-label", `${entry.model} ${entry.version}`);
  const made = { card, slot, rows: new Map() };
  cards.set(key, made);
  return made;
}

/** Show one card for each version, answered or not; what else there was is gone. */
export function showVersions(versions, more = []) {
  const shown = versions.map((it) => cardOf(it).card);
  const answers = byId("answers");
  const now = [...answers.children];
  const next = [...shown, ...more];
  if (now.length === next.length && now.every((it, i) => it === next[i])) return;
  answers.replaceChildren(...next);
}

/** Empty the cards: nothing was drawn or sent. */
export function showNoAnswers(classNames) {
  for (const [key, it] of cards) {
    const { card, slot } = it;
    card.classList.add("waiting");
    slot.class.textContent = "–";
    slot.class.className = "";
    slot.sure.textContent = t("answers.waiting");
    slot.input.hidden = true;
    slot.digits.hidden = true;
    slot.duration.textContent = "";
    const names = [...it.rows.keys()];
    showBars(it, Object.fromEntries((names.length ? names : classNames[key.split("/")[0]] ?? []).map((name) => [name, 0])), null);
  }
}

/** Show what a version says; `chosen` is the digit of several whose bars are shown. */
export function showAnswer(answer, chosen, onChoose) {
  const it = cardOf(answer);
  const { card, slot } = it;
  const digits = digitsOf(answer);
  const several = digits.length > 1;
  const digit = digits[chosen] ?? answer;
  card.classList.remove("waiting");
  slot.class.textContent = several ? digits.map((each) => className(each.class_name)).join(" ") : className(answer.class_name);
  slot.class.className = several ? "several" : answer.class_name.length > 1 ? "word" : "";
  slot.sure.textContent = t("answers.sure", { share: percentage(digit.probability) });
  const png = digit.input_png ?? answer.input_png;
  slot.input.hidden = !png;
  if (png) slot.input.src = `data:image/png;base64,${png}`;
  slot.digits.hidden = !several;
  slot.digits.replaceChildren(...(several ? digits.map((each, i) =>
    h("button", { type: "button", "aria-pressed": String(i === chosen), onclick: () => onChoose(i) },
      `${className(each.class_name)} · ${percentage(each.probability, 0)}`)) : []));
  slot.duration.textContent = t("answers.duration", { time: milliseconds(answer.duration_ms).replace(/\sms$/, "") });
  showBars(it, digit.probabilities, digit.class_name);
}

function showBars({ slot, rows }, probabilities, first) {
  const names = Object.keys(probabilities);
  if (names.length !== rows.size || names.some((name) => !rows.has(name))) {
    rows.clear();
    slot.rows.replaceChildren(...names.map((name) => {
      const row = { bar: bar(0), share: h("td", { class: "number" }) };
      row.line = h("tr", {}, h("th", { scope: "row" }, className(name)), h("td", {}, row.bar), row.share);
      rows.set(name, row);
      return row.line;
    }));
  }
  for (const [name, share] of Object.entries(probabilities)) {
    const row = rows.get(name);
    row.line.className = row.bar.classList.toggle("first", name === first) ? "first" : "";
    setBar(row.bar, share);
    row.share.textContent = first === null ? "" : percentage(share);
  }
}

/** What all answers are, in a sentence for screen readers. */
export function inWords(answers) {
  return answers.map((answer) => t("answers.spoken", {
    model: titleOf(answer.model),
    answer: digitsOf(answer).map((each) => className(each.class_name)).join(" "),
    share: percentage(answer.probability, 0),
  })).join(" ");
}
