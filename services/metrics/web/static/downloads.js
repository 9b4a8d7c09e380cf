// What a person takes along: pictures from the service, tables and the whole answer.

import { h } from "../shared/dom.js";
import { nameOf } from "./values.js";

const AFTER_MS = 60_000;

/** Save a blob as a file. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), AFTER_MS);
}

export const saveText = (text, name, type = "text/csv") => save(new Blob([text], { type: `${type};charset=utf-8` }), name);

/** The matrix, rows are the truth. */
export function matrixCsv(answer) {
  const names = answer.labels.map(nameOf);
  return csv([["true \\ predicted", ...names], ...answer.confusion_matrix.map((row, i) => [names[i], ...row])]);
}

/** Every statistic of each class, with its intervals. */
export function classesCsv(answer) {
  const rows = answer.per_class.map((row, i) => {
    const flat = { ...row, ...answer.scores?.per_class[i] };
    const bounds = { ...answer.intervals.per_class[i], ...answer.scores?.intervals?.per_class?.[i] };
    for (const [name, pair] of Object.entries(bounds)) {
      if (Array.isArray(pair)) [flat[`${name}_low`], flat[`${name}_high`]] = pair;
    }
    return flat;
  });
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return csv([names, ...rows.map((row) => names.map((name) => row[name] ?? ""))]);
}

function csv(rows) {
  const write = (cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell));
  return `${rows.map((row) => row.map(write).join(",")).join("\r\n")}\r\n`;
}
