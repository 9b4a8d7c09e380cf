// What the server knows and scripts need: language, words, data; and numbers as people write them.

const page = JSON.parse(document.getElementById("page-data").textContent);

/** The language of the page, as `Intl` takes it. */
export const language = page.language;

/** The addresses of the pages of the services: `services.trainer`. */
export const services = page.services;

/** What the route gave as `page_data`. */
export const data = page.data;

const plurals = new Intl.PluralRules(language);

/** The words of a key; `{n}` and other placeholders are filled, and `n` chooses the plural. */
export function t(key, values = {}) {
  let words = page.words[key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  if (typeof words === "object") words = words[plurals.select(values.n)] ?? words.other;
  return words.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return Number.isInteger(value) ? number(value) : value;
  });
}

/** Whether there are words for a key. */
export const hasWords = (key) => key in page.words;

/** The name of a class in the language of the page, where it is one that is known. */
export const className = (name) => (hasWords(`class.${name}`) ? t(`class.${name}`) : name);

const formats = new Map();

function format(value, options) {
  const name = JSON.stringify(options);
  if (!formats.has(name)) formats.set(name, new Intl.NumberFormat(language, options));
  return formats.get(name).format(value);
}

/** A number with a fixed count of digits after the decimal mark. */
export function number(value, digits = 0) {
  return format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share of one as a percentage. */
export function percentage(share, digits = 1) {
  return format(share, {
    style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
}

/** Milliseconds, with digits that mean something. */
export function milliseconds(value) {
  return `${number(value, value < 10 ? 1 : 0)} ms`;
}

/** A stretch of time as people say it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(seconds) {
  if (seconds < 10) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${number(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${number(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** A moment, in the time zone of the reader. */
export function moment(value) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" })
    .format(new Date(value));
}
