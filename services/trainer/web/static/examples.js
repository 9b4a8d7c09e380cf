// The test pictures on which versions differ, and those that all have wrong.

import { h } from "../shared/dom.js";
import { className, number, percentage, t } from "../shared/page.js";
import { spokenNames } from "./verdict.js";
import { sentence } from "./words.js";

/** The part of a comparison with these pictures. */
export function examplesPart(differences, models) {
  const groups = differences.groups.filter((it) => it.count);
  if (!groups.length) return null;
  const names = spokenNames(models);
  return h("section", { class: "card", "aria-labelledby": "examples-title" },
    h("header", {}, h("h2", { id: "examples-title" }, t("examples.title")), h("p", { class: "soft" }, t("examples.about"))),
    differences.reason ? h("p", { class: "soft" }, t("examples.noPictures", { reason: differences.reason })) : null,
    h("div", { class: "stack large" }, groups.map((group) => groupPart(group, differences.versions, names))));
}

function groupPart(group, versions, names) {
  const right = group.right.map((it) => names[it]).join(", ");
  const title = group.right.length ? t("examples.only", { name: right }) : t("examples.none");
  return h("div", { class: "stack small" },
    h("h3", {}, `${sentence(title)} (${number(group.count)})`),
    h("ul", { class: "examples" }, group.examples.map((it) => example(it, versions, names))));
}

function example(it, versions, names) {
  const answers = it.answers.map((given, i) => {
    const isRight = given.class_name === it.class_name;
    return h("span", { class: `series-${i + 1} swatch ${isRight ? "" : "wrong"}`, title: `${names[versions[i]]}: ${percentage(given.probability, 1)}` },
      h("span", { class: "visually-hidden" }, `${names[versions[i]]}: `), className(given.class_name), " ", h("small", {}, percentage(given.probability, 0)));
  });
  return h("li", {},
    it.image ? h("img", { src: it.image, alt: "", width: 56, height: 56 }) : null,
    h("p", {}, h("strong", {}, t("examples.is", { name: className(it.class_name) })), ...answers, h("span", { class: "soft" }, `#${number(it.index)}`)));
}
