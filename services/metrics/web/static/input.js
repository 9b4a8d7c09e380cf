// What a person gives to be marked: pasted, dropped or chosen; and which column is which.

import { byId, h } from "../shared/dom.js";
import { number, t } from "../shared/page.js";
import { asCsv, guessColumns, readTable } from "./table.js";

const PEEK_BYTES = 64 * 1024;
const PREVIEW_ROWS = 4;
const LONG_PASTE = 50_000;
const MOST_PASTED = 20_000_000;
const TYPES = {
  csv: "text/csv", tsv: "text/csv", txt: "text/csv", json: "application/json",
  npz: "application/x-npz", npy: "application/x-npy", parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file", feather: "application/vnd.apache.arrow.file",
  arrows: "application/vnd.apache.arrow.stream",
};
const ENCODINGS = { gz: "gzip", zst: "zstd" };
const NAMED = new Set(["parquet", "arrow", "feather", "arrows"]);

const pasted = byId("pasted");
const columns = byId("columns");
let file = null;
let kind = "csv";
let table = null;
let source = null;

/** Let the inputs answer; `changed` is called when what is given is another. */
export function startInput(changed) {
  pasted.addEventListener("input", () => {
    if (file) forgetFile();
    read(pasted.value.length < MOST_PASTED ? { text: pasted.value } : null);
    changed();
  });
  pasted.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (text.length < LONG_PASTE) return; // the browser lays out long pastes line by line
    event.preventDefault();
    paste(text);
    changed();
  });
  byId("file").addEventListener("change", async (event) => {
    await takeFile(event.target.files[0]);
    changed();
  });
  const drop = byId("drop");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "dragend"]) {
    document.addEventListener(name, (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  }
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    await takeFile(event.dataTransfer.files[0]);
    changed();
  });
  columns.addEventListener("change", (event) => {
    if (event.target.id === "has-header") read(source, event.target.checked);
    if (event.target.closest("#column-scores")) showScoreFields();
    markPreview();
    changed();
  });
}

/** Take a text as if it were pasted. */
export function paste(text) {
  forgetFile();
  pasted.value = text;
  read({ text });
}

export function clearInput() {
  paste("");
}

async function takeFile(given) {
  if (!given) return;
  file = given;
  pasted.value = "";
  byId("file-name").textContent = t("input.chosen", { name: file.name, size: sizeOf(file.size) });
  byId("file-name").hidden = false;
  const [, inner, packed] = /\.(\w+?)(?:\.(gz|zst))?$/i.exec(file.name) ?? [];
  kind = (inner ?? "csv").toLowerCase();
  const readable = TYPES[kind] === "text/csv" && !packed;
  read(readable ? { text: await file.slice(0, PEEK_BYTES).text(), partial: file.size > PEEK_BYTES } : null);
  byId("named-columns").hidden = !(NAMED.has(kind) || (packed && TYPES[kind] === "text/csv"));
}

function forgetFile() {
  file = null;
  kind = "csv";
  byId("file").value = "";
  byId("file-name").hidden = true;
  byId("named-columns").hidden = true;
}

function sizeOf(bytes) {
  return bytes < 1e6 ? `${number(Math.max(bytes / 1e3, 0.1), 1)} kB` : `${number(bytes / 1e6, 1)} MB`;
}

/** Read the table of a text, or the beginning of one, and show its columns. */
function read(from, header = null) {
  source = from;
  table = source && readTable(source.text, { partial: source.partial, header });
  columns.hidden = !table;
  if (!table) return;
  byId("has-header").checked = table.hasHeader;
  const guess = guessColumns(table);
  fill(byId("column-true"), table.names, guess.truth);
  fill(byId("column-pred"), ["", ...table.names], guess.pred);
  fill(byId("column-weight"), ["", ...table.names], guess.weight);
  byId("column-scores").replaceChildren(...table.names.map((name) =>
    h("label", {}, h("input", { type: "checkbox", value: name, checked: guess.scores.includes(name) }), name)));
  byId("more-columns").open = guess.scores.length > 0 && guess.scores.length < 13;
  byId("labels").value = labelsOf(guess.scores);
  byId("preview").replaceChildren(previewOf(table));
  showScoreFields();
  markPreview();
}

/** What follows a common beginning of the columns of scores: `p_cat`, `p_dog` → `cat,dog`. */
function labelsOf(scores) {
  if (scores.length < 2) return "";
  const beginning = scores.reduce((a, b) => {
    let n = 0;
    while (n < a.length && a[n] === b[n]) n += 1;
    return a.slice(0, n);
  });
  const cut = beginning.replace(/[^_ .:-]*$/, "");
  return cut && scores.every((name) => name.length > cut.length) ? scores.map((name) => name.slice(cut.length)).join(",") : "";
}

function fill(select, names, chosen) {
  select.replaceChildren(...names.map((name) =>
    h("option", { value: name, selected: name === chosen }, name === "" ? t("column.none") : name)));
}

function previewOf({ names, rows }) {
  return h("table", { class: "data" },
    h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows.slice(0, PREVIEW_ROWS).map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell))))));
}

function markPreview() {
  const used = new Set([byId("column-true").value, byId("column-pred").value, ...chosenScores()]);
  for (const row of byId("preview").querySelectorAll("tr")) {
    [...row.cells].forEach((cell, i) => cell.classList.toggle("chosen", used.has(table.names[i])));
  }
}

function chosenScores() {
  return [...byId("column-scores").querySelectorAll(":checked")].map((box) => box.value);
}

function showScoreFields() {
  const some = chosenScores();
  byId("score-type-field").hidden = some.length === 0;
  byId("labels-field").hidden = some.length < 2;
}

/** The request for what is given: `{body, headers, query}`; null if nothing is. */
export function request() {
  const query = new URLSearchParams({ confidence_level: byId("level").value });
  const headers = { "Content-Type": file ? TYPES[kind] ?? file.type : "text/csv" };
  const packed = file && /\.(gz|zst)$/i.exec(file.name);
  if (packed) headers["Content-Encoding"] = ENCODINGS[packed[1].toLowerCase()];
  if (table) return tableRequest(query, headers);
  if (!file) return null;
  if (kind === "json") return { body: file, headers, query: new URLSearchParams() };
  const named = { true_column: "name-true", pred_column: "name-pred", score_columns: "name-scores" };
  if (!byId("named-columns").hidden) {
    for (const [option, id] of Object.entries(named)) if (byId(id).value.trim()) query.set(option, byId(id).value.trim());
    if (query.has("score_columns")) query.set("score_type", byId("score-type").value);
  }
  return { body: file, headers, query };
}

function tableRequest(query, headers) {
  query.set("true_column", byId("column-true").value);
  if (byId("column-pred").value) query.set("pred_column", byId("column-pred").value);
  if (byId("column-weight").value) query.set("weight_column", byId("column-weight").value);
  const scores = chosenScores();
  for (const name of scores) query.append("score_columns", name);
  if (scores.length) query.set("score_type", byId("score-type").value);
  if (scores.length > 1 && byId("labels").value.trim()) query.set("labels", byId("labels").value.trim());
  return { body: bodyOf(), headers, query };
}

/** A file goes as it is, with a header before it where it has none; what was pasted as CSV. */
function bodyOf() {
  if (!file || table.separator === " ") return asCsv(table);
  if (table.hasHeader) return file;
  const header = table.names.join(table.separator);
  return new Blob([`${header}\n`, file]);
}

/** Show where a fault lies: the field of its column, and its row in what was pasted. */
export function pointTo(errors) {
  for (const field of document.querySelectorAll("#form [aria-invalid]")) field.removeAttribute("aria-invalid");
  const [, name, row] = /^#\/([^/]+)(?:\/(\d+))?/.exec(errors?.[0]?.pointer ?? "") ?? [];
  if (!name) return;
  const column = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
  const fields = { y_true: "column-true", y_pred: "column-pred", labels: "labels", sample_weight: "column-weight" };
  const field = [byId("column-true"), byId("column-pred"), byId("column-weight")].find((it) => it.value === column)
    ?? (fields[column] ? byId(fields[column]) : null);
  field?.setAttribute("aria-invalid", "true");
  if (row !== undefined && !file) selectLine(Number(row) + (table?.hasHeader ? 1 : 0));
}

function selectLine(line) {
  const lines = pasted.value.split("\n");
  let seen = -1;
  let at = 0;
  for (const text of lines) {
    if (text.trim()) seen += 1;
    if (seen === line) {
      pasted.focus();
      pasted.setSelectionRange(at, at + text.length);
      pasted.scrollTop = pasted.scrollHeight * (line / lines.length) - 40;
      return;
    }
    at += text.length + 1;
  }
}
