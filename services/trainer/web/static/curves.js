// The curves of one model's training, growing; beside them the same figures as words and a table.

import { lineChart } from "../shared/charts.js";
import { bar, h, setBar } from "../shared/dom.js";
import { duration, number, percentage, t } from "../shared/page.js";
import { bestOf, epochsOf, points, share } from "./course.js";
import { rate } from "./words.js";

/** The element that shows a course; `update(course, running)` lets it show more. */
export function courseView(course) {
  const place = h("p", { class: "soft" });
  const progress = bar(0, "progress");
  const figures = h("dl", { class: "figures small" });
  const table = h("table", { class: "data" });
  const link = h("p", { class: "row" });
  const charts = [
    chart("loss", { label: t("course.loss"), min: 0 }),
    chart("accuracy", { label: t("course.accuracy"), max: 1, format: (value) => percentage(value, 0) }),
    chart("rate", { label: t("course.rate"), min: 0 }),
  ];
  const details = h("details", { ontoggle: () => fillTable(table, shown) },
    h("summary", {}, t("course.table")),
    h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("course.table") }, table));
  let shown = course;
  const element = h("article", { class: "card course", "aria-label": course.model },
    h("header", {}, h("h3", {}, course.model), place),
    progress, figures, h("div", { class: "curves" }, charts.map((it) => it.figure)), link, details);

  return {
    element,
    update(next, running) {
      shown = next;
      place.textContent = whereabouts(next, running);
      setBar(progress, share(next));
      progress.toggleAttribute("hidden", !running || Boolean(next.published));
      fillFigures(figures, next, running);
      for (const it of charts) it.update(next);
      link.replaceChildren(...published(next));
      if (details.open) fillTable(table, next);
    },
  };
}

function chart(key, y) {
  const x = { label: t("course.epoch"), min: 0, max: 1, whole: true };
  const figure = h("figure", { class: "plot" }, h("figcaption", {}, y.label));
  const plot = lineChart(figure, { x, y: { ...y, label: undefined }, label: y.label });
  return {
    figure,
    update(course) {
      x.max = Math.max(course.epochs, course.done.size, 1);
      x.min = key === "rate" || course.tail.length || course.done.size < 2 ? 0 : 1;
      const dots = course.done.size <= 24;
      plot.update(key === "rate"
        ? [{ name: y.label, points: thinned(course.rates), color: 3 }]
        : [
          { name: t("course.training"), points: points(course, key), color: 1 },
          { name: t("course.validation"), points: points(course, `validation_${key}`), color: 2, dots },
        ]);
      figure.querySelector("svg").setAttribute("aria-label", spoken(key, y.label, course));
    },
  };
}

/** What a curve says, as a sentence. */
function spoken(key, name, course) {
  const last = epochsOf(course).at(-1);
  if (!last) return t("course.spoken.none", { name });
  if (key === "rate") return t("course.spoken.rate", { name, epoch: last.epoch, value: rate(last.learning_rate) });
  const write = key === "accuracy" ? (v) => percentage(v, 1) : (v) => number(v, 3);
  return t("course.spoken", {
    name, epoch: last.epoch, training: write(last[key]), validation: write(last[`validation_${key}`]),
  });
}

function whereabouts(course, running) {
  if (course.published) return t("course.published", { version: course.published.version });
  if (!course.now) return running ? t("course.begins") : "";
  if (running && course.now.epoch === course.epochs && course.done.has(course.epochs)) return t("course.finishes");
  return t("course.epochOf", { epoch: course.now.epoch, epochs: course.epochs });
}

function fillFigures(list, course, running) {
  const best = bestOf(course);
  const { now, published: done } = course;
  const live = running && !done && now;
  list.replaceChildren(...[
    done && done.test_accuracy !== null ? [t("course.test"), percentage(done.test_accuracy, 2)] : null,
    best ? [t("course.best"), percentage(best.validation_accuracy, 2)] : null,
    live && now.loss !== undefined ? [t("course.lossNow"), number(now.loss, 3)] : null,
    live && now.images_per_second ? [t("course.speed"), number(Math.round(now.images_per_second))] : null,
    live && now.learning_rate !== undefined ? [t("course.rate"), rate(now.learning_rate)] : null,
    live && now.seconds_left !== undefined ? [t("course.left"), duration(now.seconds_left)] : null,
    done ? [t("compare.training"), duration(done.training_seconds)] : null,
  ].filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function published({ published: done }) {
  if (!done) return [];
  return [h("a", { class: "button small", href: `#version=${done.model}/${done.version}` },
    t("course.card", { name: `${done.model}/${done.version}` }))];
}

function fillTable(table, course) {
  const heads = [t("course.epoch"), `${t("course.loss")}, ${t("course.training")}`, `${t("course.loss")}, ${t("course.validation")}`,
    `${t("course.accuracy")}, ${t("course.training")}`, `${t("course.accuracy")}, ${t("course.validation")}`, t("course.rate")];
  table.replaceChildren(
    h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col", class: "number" }, name)))),
    h("tbody", {}, epochsOf(course).map((it) => h("tr", {},
      h("th", { scope: "row", class: "number" }, number(it.epoch)),
      [number(it.loss, 4), number(it.validation_loss, 4), percentage(it.accuracy, 2), percentage(it.validation_accuracy, 2), rate(it.learning_rate)]
        .map((text) => h("td", { class: "number" }, text))))));
}

/** At most a few hundred of the points, the last one among them. */
function thinned(all, most = 300) {
  const every = Math.ceil(all.length / most);
  return all.filter((_, i) => i % every === 0 || i === all.length - 1);
}
