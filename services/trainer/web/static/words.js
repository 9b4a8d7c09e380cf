// Names, sizes and chances as people write them.

import { hasWords, language, number, percentage, t } from "../shared/page.js";

/** What a kind of model is called, for headings and lists. */
export const kindName = (kind) => (hasWords(`kind.${kind}`) ? t(`kind.${kind}`) : kind);

/** The same inside a sentence, with its article. */
export const theKind = (kind) => (hasWords(`the.${kind}`) ? t(`the.${kind}`) : kind);

/** What a recipe is called. */
export const recipeName = (name) => (hasWords(`recipe.${name}`) ? t(`recipe.${name}`) : name);

/** What a statistic is called. */
export const metricName = (key) =>
  (hasWords(`metric.${key}`) ? t(`metric.${key}`) : key.replaceAll("_", " "));

/** The text with a large first letter. */
export const sentence = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** A count of bytes. */
export function bytes(count) {
  if (count < 1000) return `${number(count)} B`;
  if (count < 1e6) return `${number(count / 1000, count < 1e4 ? 1 : 0)} kB`;
  return count < 1e9 ? `${number(count / 1e6, 1)} MB` : `${number(count / 1e9, 1)} GB`;
}

/** Milliseconds with three digits that mean something. */
export function precise(milliseconds) {
  const digits = milliseconds < 0.1 ? 4 : milliseconds < 1 ? 3 : milliseconds < 10 ? 2 : 1;
  return `${number(milliseconds, digits)} ms`;
}

/** How likely chance alone is. */
export const chance = (p) => (p < 0.001 ? `p < ${number(0.001, 3)}` : `p = ${number(p, 3)}`);

/** A share as a percentage with two digits, or what stands for one that is not defined. */
export const share = (value) => (value === null || value === undefined ? t("metric.undefined") : percentage(value, 2));

/** A statistic that is no share; more digits where four would round it up to one. */
export const decimal = (value) => number(value, value > 0.9995 && value < 1 ? 5 : 4);

const threeDigits = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });

/** A learning rate, with three digits that mean something. */
export const rate = (value) => threeDigits.format(value);

/** Model and version as one name. */
export const nameOf = (model, version) => `${model}/${version}`;

/** The sides of pictures, as `24 × 32 pixels`. */
export const pixels = ([height, width]) => t("data.pixels", { height, width });

/** How many pictures all splits have together. */
export const pictureCount = (splits) =>
  t("data.pictures", { n: Object.values(splits).flatMap((it) => Object.values(it)).reduce((sum, count) => sum + count, 0) });
