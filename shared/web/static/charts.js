// Curves as SVG: axes with round ticks, a legend, the values under the pointer; they can grow.

import { h, s } from "./dom.js";
import { number } from "./page.js";

const MARGIN = { top: 12, right: 14, bottom: 40, left: 52 };
const HEIGHT = { least: 200, most: 340, of: 0.56 };

/** Round numbers from `low` to `high`, about `count` of them, and the digits they need. */
export function ticks(low, high, count = 5) {
  if (!(high > low)) high = low + 1;
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0));
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) values.push(i * step + 0); // no -0
  return { values, digits, step };
}

/**
 * Draws curves into a `<figure class="plot">` behind its caption; gives `update(series)`.
 *
 * `series`: `{name, points: [[x, y], ...], color: 1..6, dashed, dots}`; a `null` y breaks the line.
 * `x`, `y`: `{label, min, max, format, whole}`; what is not given follows from the points.
 * `diagonal`: a reference from the lower left to the upper right. `label`: for screen readers.
 */
export function lineChart(figure, { series = [], x = {}, y = {}, diagonal = false, label = "" } = {}) {
  const svg = s("svg", { role: "img", "aria-label": label });
  const legend = h("ul", { class: "legend" });
  const values = h("p", { class: "soft", "aria-hidden": "true" });
  let plotted = series;
  let scale = null;
  figure.append(svg, legend, values);

  function draw() {
    const width = Math.max(240, Math.round(figure.clientWidth));
    const height = Math.round(Math.min(HEIGHT.most, Math.max(HEIGHT.least, width * HEIGHT.of)));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    scale = scaleOf(plotted, x, y, width, height);
    svg.replaceChildren(...axes(scale, x, y, width, height),
      ...(diagonal ? [s("line", { class: "reference", x1: scale.x(scale.xs.low), y1: scale.y(scale.ys.low), x2: scale.x(scale.xs.high), y2: scale.y(scale.ys.high) })] : []),
      ...plotted.flatMap((it, i) => curve(it, i, scale)));
    legend.replaceChildren(...(plotted.length > 1 ? plotted : []).map((it, i) =>
      h("li", { class: `series-${it.color ?? i + 1}` }, h("i", { class: it.dashed ? "dashed" : "" }), it.name)));
  }

  svg.addEventListener("pointermove", (event) => {
    if (!scale || !plotted.some((it) => it.points.length)) return;
    const box = svg.getBoundingClientRect();
    const at = scale.back(((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width);
    const nearest = plotted.filter((it) => it.points.length).map((it) => ({
      name: it.name,
      point: it.points.reduce((a, b) => (Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a)),
    }));
    const write = y.format ?? ((value) => number(value, 4));
    values.textContent = nearest.filter(({ point }) => point[1] !== null)
      .map(({ name, point }) => `${name}: ${(x.format ?? ((v) => number(v, x.whole ? 0 : 3)))(point[0])} → ${write(point[1])}`).join(" · ");
  });
  svg.addEventListener("pointerleave", () => { values.textContent = ""; });
  new ResizeObserver(draw).observe(figure);
  draw();
  return {
    update(next) {
      plotted = next;
      draw();
    },
  };
}

function scaleOf(series, x, y, width, height) {
  const points = series.flatMap((it) => it.points).filter((point) => point[1] !== null);
  const range = (axis, values) => {
    const low = axis.min ?? (values.length ? Math.min(...values) : 0);
    const high = axis.max ?? (values.length ? Math.max(...values) : 1);
    return { low, high: high > low ? high : low + 1 };
  };
  const xs = range(x, points.map((point) => point[0]));
  const ys = range(y, points.map((point) => point[1]));
  const pad = (ys.high - ys.low) * 0.05;
  if (y.max === undefined) ys.high += pad;
  if (y.min === undefined) ys.low = ys.low >= 0 ? Math.max(0, ys.low - pad) : ys.low - pad;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  return {
    xs, ys,
    x: (value) => MARGIN.left + ((value - xs.low) / (xs.high - xs.low)) * inner.width,
    y: (value) => MARGIN.top + (1 - (value - ys.low) / (ys.high - ys.low)) * inner.height,
    back: (pixels) => xs.low + ((pixels - MARGIN.left) / inner.width) * (xs.high - xs.low),
  };
}

function axes(scale, x, y, width, height) {
  const bottom = height - MARGIN.bottom;
  const across = ticks(scale.xs.low, scale.xs.high, Math.max(3, Math.min(8, Math.floor(width / 80))));
  const up = ticks(scale.ys.low, scale.ys.high, 5);
  const wholes = x.whole ? across.values.filter(Number.isInteger) : across.values;
  return [
    ...up.values.flatMap((value) => [
      s("line", { class: "grid-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: scale.y(value), y2: scale.y(value) }),
      s("text", { x: MARGIN.left - 8, y: scale.y(value) + 4, "text-anchor": "end" }, (y.format ?? ((v) => number(v, up.digits)))(value)),
    ]),
    s("line", { class: "axis-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: bottom, y2: bottom }),
    ...wholes.map((value) =>
      s("text", { x: scale.x(value), y: bottom + 17, "text-anchor": "middle" }, (x.format ?? ((v) => number(v, x.whole ? 0 : across.digits)))(value))),
    ...(x.label ? [s("text", { x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 6, "text-anchor": "middle" }, x.label)] : []),
    ...(y.label ? [s("text", { x: 12, y: MARGIN.top + (bottom - MARGIN.top) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${MARGIN.top + (bottom - MARGIN.top) / 2})` }, y.label)] : []),
  ];
}

function curve(it, index, scale) {
  const kind = `series-${it.color ?? index + 1}`;
  let path = "";
  let pen = "M";
  for (const [at, value] of it.points) {
    if (value === null) { pen = "M"; continue; }
    path += `${pen}${scale.x(at).toFixed(1)} ${scale.y(value).toFixed(1)}`;
    pen = "L";
  }
  const dots = it.dots || it.points.length === 1
    ? it.points.filter((point) => point[1] !== null).map(([at, value]) =>
      s("circle", { class: `point ${kind}`, cx: scale.x(at).toFixed(1), cy: scale.y(value).toFixed(1), r: 3.5 }))
    : [];
  return [s("path", { class: `line ${kind}${it.dashed ? " dashed" : ""}`, d: path }), ...dots];
}
