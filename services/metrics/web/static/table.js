// Reads the beginning of a table, or a pasted one: what separates its cells, and its header.

const SEPARATORS = ["\t", ";", ","];
const MOSTLY = 0.5;
const LOOK_ROWS = 2000;
const NUMBER = /^[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?$/i;
const KNOWN = /^(y_?true|y_?pred|y_?score|true|truth|actual|target|label|class|expected|predicted|prediction|pred|output|score|prob(ability)?|weight|sample_weight|id)s?\d*$/i;

/**
 * The cells of a text: `{separator, hasHeader, names, rows}`; `rows` are without the header.
 * `header` says whether the first row is one; otherwise it is guessed.
 */
export function readTable(text, { partial = false, header = null } = {}) {
  let lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  if (partial && lines.length > 1) lines = lines.slice(0, -1); // the last may be cut
  lines = lines.filter((line) => line.trim() !== "");
  if (!lines.length) return null;
  const separator = separatorOf(lines);
  const rows = separator === " " ? lines.map((line) => line.trim().split(/\s+/)) : cellsOf(lines, separator);
  const hasHeader = header ?? looksLikeHeader(rows);
  const width = rows[0].length;
  const names = hasHeader ? rows[0].map((name) => name.trim()) : Array.from({ length: width }, (_, i) => `column_${i + 1}`);
  return { separator, hasHeader, names, rows: hasHeader ? rows.slice(1) : rows };
}

function separatorOf(lines) {
  const some = lines.slice(0, 20);
  const found = SEPARATORS.find((it) => some.every((line) => line.includes(it)));
  if (found) return found;
  const spaced = some.filter((line) => /\S\s+\S/.test(line)).length;
  return SEPARATORS.find((it) => lines[0].includes(it)) ?? (spaced >= MOSTLY * some.length ? " " : ",");
}

function cellsOf(lines, separator) {
  return lines.map((line) => {
    if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
    const cells = [];
    let cell = "";
    let quoted = false;
    for (let i = 0; i < line.length; i += 1) {
      const c = line[i];
      if (quoted && c === '"' && line[i + 1] === '"') { cell += '"'; i += 1; }
      else if (c === '"') quoted = !quoted;
      else if (c === separator && !quoted) { cells.push(cell.trim()); cell = ""; }
      else cell += c;
    }
    cells.push(cell.trim());
    return cells;
  });
}

/** A first row is a header if it has known names, stands above numbers, or is of no label below. */
function looksLikeHeader(rows) {
  const [first, ...rest] = rows;
  if (!rest.length) return first.some((cell) => KNOWN.test(cell));
  if (new Set(first).size < first.length) return false;
  if (first.some((cell) => KNOWN.test(cell))) return true;
  if (first.some((cell) => NUMBER.test(cell) || cell === "")) return false;
  const some = rest.slice(0, LOOK_ROWS);
  if (first.every((_, i) => some.every((row) => NUMBER.test(row[i] ?? "")))) return true;
  const below = some.flat();
  return below.length > 2 * new Set(below).size && !first.some((cell) => below.includes(cell));
}

/** Columns that are likely truth, predictions, scores and weights. */
export function guessColumns({ names, rows }) {
  const find = (pattern, but = []) => names.find((name) => pattern.test(name) && !but.includes(name));
  const weight = find(/^(sample_)?weight$/i);
  const isScore = (name) => /^(y_?score|p|prob|score|logit)s?([_ .:-].+|\d+)?$|probability/i.test(name);
  const scores = names.filter((name, i) => isScore(name) && name !== weight && rows.slice(0, 50).every((row) => NUMBER.test(row[i] ?? "")));
  const plain = names.filter((name) => !scores.includes(name) && name !== weight);
  const truth = find(/^(y_?true|true|truth|actual|target|gold|expected|label|class)$/i, scores) ?? find(/true|truth|actual|target/i, scores) ?? plain[0];
  const pred = find(/^(y_?pred|pred|predicted|prediction|output|guess)$/i, [...scores, truth])
    ?? find(/pred/i, [...scores, truth]) ?? plain.find((name) => name !== truth && (!scores.length || holdsLabelsOf(truth, name))) ?? "";
  return { truth, pred, scores, weight: weight ?? "" };

  function holdsLabelsOf(one, other) {
    const [i, j] = [names.indexOf(one), names.indexOf(other)];
    const labels = new Set(rows.slice(0, 1000).map((row) => row[i]));
    return rows.slice(0, 200).every((row) => labels.has(row[j]));
  }
}

/** A table as CSV that the service reads, whatever separated its cells. */
export function asCsv({ names, rows }) {
  const write = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [names, ...rows].map((row) => row.map(write).join(",")).join("\n");
}
