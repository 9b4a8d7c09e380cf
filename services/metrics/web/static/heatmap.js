// The confusion matrix on a canvas, which keys and pointers walk over.

import { h } from "../shared/dom.js";
import { number, percentage } from "../shared/page.js";
import { theme } from "../shared/theme.js";
import { isCounted, nameOf, weight } from "./values.js";

const MAPS = {
  light: ["#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b"],
  dark: ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"],
};
const DIVERGING = {
  light: ["#0b3c6f", "#4a97c9", "#f5f4f0", "#e58a62", "#8c1a1f"],
  dark: ["#8fd0ff", "#2c6ea6", "#232824", "#a6512b", "#ffb48a"],
};
const LARGEST_CELL = 96;
const LEAST_DEVIATE = 3;
const GAP_FROM = 12;
const BOXES_FROM = 5;
const FONT = "system-ui, sans-serif";

/** What each cell shows: counts, shares of its row or column, or how unusual an error is. */
export function valuesOf(answer, view) {
  const matrix = answer.confusion_matrix;
  const rows = matrix.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = matrix[0].map((_, j) => matrix.reduce((sum, row) => sum + row[j], 0));
  if (view === "true") return matrix.map((row, i) => row.map((it) => (rows[i] ? it / rows[i] : null)));
  if (view === "predicted") return matrix.map((row) => row.map((it, j) => (columns[j] ? it / columns[j] : null)));
  if (view === "errors" && isCounted(answer)) return deviates(matrix, rows, answer.overall.error_rate);
  if (view === "errors") return matrix.map((row, i) => row.map((it, j) => (i === j ? null : it)));
  return matrix;
}

/** Freeman and Tukey's deviates from errors spread evenly; as `error_deviates` of the service. */
function deviates(matrix, rows, errorRate) {
  const others = Math.max(matrix.length - 1, 1);
  return matrix.map((row, i) => {
    const expected = (rows[i] * errorRate) / others;
    return row.map((it, j) => (i === j ? null : Math.sqrt(it) + Math.sqrt(it + 1) - Math.sqrt(4 * expected + 1)));
  });
}

/** Draws into a container; `onCell(i, j)` hears of the cell that is pointed at, or of none. */
export function heatmap(container, onCell) {
  const base = h("canvas", { "aria-hidden": "true" });
  const over = h("canvas", { "aria-hidden": "true", class: "over" });
  Object.assign(over.style, { position: "absolute", inset: "0", pointerEvents: "none" });
  container.replaceChildren(base, over);
  let answer = null;
  let view = "counts";
  let place = null;
  let at = null;

  function draw() {
    if (!answer || !container.clientWidth) return;
    const labels = answer.labels.map(nameOf);
    place = placeOf(base.getContext("2d"), labels, container.clientWidth);
    for (const canvas of [base, over]) {
      const scale = Math.min(window.devicePixelRatio || 1, 3);
      canvas.width = Math.round(place.width * scale);
      canvas.height = Math.round(place.height * scale);
      canvas.style.width = `${place.width}px`;
      canvas.style.height = `${place.height}px`;
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    }
    const ctx = base.getContext("2d");
    ctx.clearRect(0, 0, place.width, place.height);
    cells(ctx, answer, view, place);
    names(ctx, labels, place);
    cursor();
  }

  function cursor() {
    const ctx = over.getContext("2d");
    ctx.clearRect(0, 0, place.width, place.height);
    if (!at) return;
    const { x, y, cell, side } = place;
    ctx.fillStyle = colour("--accent-tint");
    ctx.globalAlpha = 0.35;
    ctx.fillRect(x, y + at[0] * cell, side, cell);
    ctx.fillRect(x + at[1] * cell, y, cell, side);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour("--accent");
    ctx.lineWidth = 2;
    const size = Math.max(cell, 6);
    ctx.strokeRect(x + at[1] * cell - (size - cell) / 2, y + at[0] * cell - (size - cell) / 2, size, size);
  }

  function go(cell) {
    if (cell && at && cell[0] === at[0] && cell[1] === at[1]) return;
    at = cell;
    if (place) cursor();
    onCell(at);
  }

  function cellAt(event) {
    const box = base.getBoundingClientRect();
    const j = Math.floor((event.clientX - box.left - place.x) / place.cell);
    const i = Math.floor((event.clientY - box.top - place.y) / place.cell);
    const k = answer.labels.length;
    return i >= 0 && j >= 0 && i < k && j < k ? [i, j] : null;
  }

  container.addEventListener("pointermove", (event) => { if (answer) go(cellAt(event)); });
  container.addEventListener("pointerdown", (event) => { if (answer) go(cellAt(event)); });
  container.addEventListener("focus", () => { if (answer && !at) go([0, 0]); });
  container.addEventListener("keydown", (event) => {
    if (!answer) return;
    const last = answer.labels.length - 1;
    const [i, j] = at ?? [0, 0];
    const to = {
      ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
      Home: [i, 0], End: [i, last], PageUp: [0, j], PageDown: [last, j],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    go(to.map((it) => Math.min(Math.max(it, 0), last)));
  });
  new ResizeObserver(draw).observe(container);
  document.addEventListener("themechange", draw);
  return {
    show(next, nextView) {
      if (next !== answer) at = null;
      answer = next;
      view = nextView;
      draw();
      onCell(at);
    },
    go,
  };
}

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name) && resolved(name);

/** A token of the style, whose light-dark() only an element resolves. */
function resolved(name) {
  const probe = h("span", {});
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function placeOf(ctx, labels, width) {
  ctx.font = `12px ${FONT}`;
  const widest = Math.max(...labels.map((it) => ctx.measureText(it).width));
  const left = Math.ceil(Math.min(widest, width * 0.24)) + 10;
  const cell = Math.min((width - left - 4) / labels.length, LARGEST_CELL);
  const across = widest <= cell * 0.94;
  const top = across ? 22 : Math.ceil(Math.min(widest, 110)) + 12;
  const side = cell * labels.length;
  return { x: left, y: top, cell, side, across, width: Math.ceil(left + side + 4), height: Math.ceil(top + side + 4) };
}

function cells(ctx, answer, view, place) {
  const values = valuesOf(answer, view);
  const paint = painter(values, view === "errors" && !isCounted(answer) ? "counts" : view);
  const { x, y, cell, side } = place;
  const k = values.length;
  ctx.strokeStyle = colour("--line");
  ctx.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
  if (cell < BOXES_FROM) {
    ctx.drawImage(pixels(answer, values, paint, view), x, y, side, side);
    return;
  }
  const gap = cell > GAP_FROM ? 1 : 0;
  const size = numberSize(ctx, answer, values, view, cell);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (let i = 0; i < k; i += 1) {
    for (let j = 0; j < k; j += 1) {
      if (isBlank(answer, values, view, i, j)) continue;
      const [r, g, b] = paint(values[i][j]);
      ctx.fillStyle = `rgb(${r} ${g} ${b})`;
      ctx.fillRect(x + j * cell, y + i * cell, cell - gap, cell - gap);
      if (size && answer.confusion_matrix[i][j]) {
        ctx.font = `${size}px ${FONT}`;
        ctx.fillStyle = inkOn(r, g, b);
        ctx.fillText(numberIn(answer, values, view, i, j), x + (j + 0.5) * cell - gap / 2, y + (i + 0.5) * cell);
      }
    }
  }
}

const isBlank = (answer, values, view, i, j) =>
  values[i][j] === null || (view !== "errors" && answer.confusion_matrix[i][j] === 0);

function numberIn(answer, values, view, i, j) {
  if (view === "true" || view === "predicted") return number(100 * values[i][j], 1);
  return weight(answer.confusion_matrix[i][j]);
}

function numberSize(ctx, answer, values, view, cell) {
  ctx.font = `10px ${FONT}`;
  let widest = 0;
  values.forEach((row, i) => row.forEach((value, j) => {
    if (value !== null && answer.confusion_matrix[i][j]) widest = Math.max(widest, ctx.measureText(numberIn(answer, values, view, i, j)).width);
  }));
  const size = Math.min(14, cell * 0.42, (cell * 8.4) / Math.max(widest, 1));
  return size >= 8 ? size : 0;
}

/** A colour for each value; shades grow as the root, so that rare errors are seen. */
function painter(values, view) {
  const known = values.flat().filter((it) => it !== null);
  if (view === "errors") {
    const most = known.reduce((a, b) => Math.max(a, Math.abs(b)), LEAST_DEVIATE);
    const stops = DIVERGING[theme()].map(rgb);
    return (value) => between(stops, (value / most + 1) / 2);
  }
  const most = view === "counts" ? known.reduce((a, b) => Math.max(a, b), 0) || 1 : 1;
  const stops = MAPS[theme()].map(rgb);
  return (value) => between(stops, Math.sqrt(value / most));
}

const rgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

function between(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((it, c) => Math.round(it + (stops[low + 1][c] - it) * (at - low)));
}

function inkOn(...channels) {
  const [r, g, b] = channels.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179 ? "#fff" : "#12161a";
}

/** Cells too small for boxes, a pixel for each. */
function pixels(answer, values, paint, view) {
  const k = values.length;
  const canvas = new OffscreenCanvas(k, k);
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(k, k);
  for (let i = 0; i < k; i += 1) {
    for (let j = 0; j < k; j += 1) {
      if (isBlank(answer, values, view, i, j)) continue;
      image.data.set([...paint(values[i][j]), 255], 4 * (i * k + j));
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}

function names(ctx, labels, { x, y, cell, across }) {
  const size = Math.min(12, Math.max(9, cell * 0.8));
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((it) => it * cell >= 11) ?? 1000;
  ctx.font = `${size}px ${FONT}`;
  ctx.fillStyle = colour("--ink");
  ctx.textBaseline = "middle";
  for (let i = 0; i < labels.length; i += step) {
    const middle = (i + 0.5) * cell;
    ctx.textAlign = "right";
    ctx.fillText(cut(ctx, labels[i], x - 10), x - 6, y + middle);
    ctx.save();
    ctx.translate(x + middle, y - 7);
    ctx.textAlign = across ? "center" : "left";
    if (!across) ctx.rotate(-Math.PI / 2);
    ctx.fillText(cut(ctx, labels[i], across ? cell : 110), 0, across ? -4 : 0);
    ctx.restore();
  }
}

function cut(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let kept = text.length;
  while (kept > 1 && ctx.measureText(`${text.slice(0, kept)}…`).width > width) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

/** A share in words. */
export const share = (value) => percentage(value, 1);
