// A sheet to draw on with mouse, finger, pen or keys. Strokes are kept in units of its side.

const EXPORT_SIDE = 280;
const PENS = { thin: 0.04, medium: 0.075, thick: 0.115 };
const KEY_STEP = 1 / 28;
const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

/**
 * Turns a canvas into a sheet. `onChange()` is called whenever what is on it changed, and
 * `onPen(down)` when the keys lift or lower the pen.
 */
export class Sketch {
  #canvas;
  #onChange;
  #onPen;
  #strokes = [];
  #undone = [];
  #pointer = null;
  #cursor = null;
  #penDown = false;
  #frame = 0;

  constructor(canvas, { onChange, onPen }) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    this.#onPen = onPen;
    this.pen = "medium";
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.#end(event));
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#draw());
    canvas.addEventListener("blur", () => {
      this.#setPen(false);
      this.#draw();
    });
    document.addEventListener("themechange", () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** Whether nothing is drawn. */
  get empty() { return this.#strokes.length === 0; }

  /** The strokes, as JSON can hold them. */
  get strokes() { return this.#strokes; }

  set strokes(strokes) {
    this.#strokes = strokes;
    this.#changed();
  }

  /** Take the last stroke back; after `clear`, all that was there. */
  undo() {
    this.#setPen(false);
    if (this.#strokes.length) this.#strokes.pop();
    else if (this.#undone.length) this.#strokes = this.#undone.pop();
    else return;
    this.#changed();
  }

  get canUndo() { return this.#strokes.length > 0 || this.#undone.length > 0; }

  clear() {
    this.#setPen(false);
    if (this.empty) return;
    this.#undone = [this.#strokes];
    this.#strokes = [];
    this.#changed();
  }

  /** The drawing as a PNG: black on white, whatever the theme. */
  toPng() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = EXPORT_SIDE;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, EXPORT_SIDE, EXPORT_SIDE);
    this.#paint(context, EXPORT_SIDE, "#000");
    // Not `toBlob`: browsers put that off until they are idle.
    const [, base64] = canvas.toDataURL("image/png").split(",");
    return new Blob([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))], { type: "image/png" });
  }

  #start(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    event.preventDefault();
    this.#canvas.classList.add("by-pointer");
    this.#canvas.focus({ preventScroll: true });
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#cursor = null;
    this.#strokes.push([]);
    this.#add(event);
    this.#changed();
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.#add(each);
    this.#changed();
  }

  #end(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#changed();
  }

  #add(event) {
    const box = this.#canvas.getBoundingClientRect();
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 0.5;
    this.#put((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height,
      PENS[this.pen] * (0.5 + pressure));
  }

  #put(x, y, width) {
    const round = (value) => Math.round(value * 1e4) / 1e4;
    this.#strokes.at(-1).push([round(x), round(y), round(width)]);
  }

  #key(event) {
    const move = MOVES[event.key];
    this.#canvas.classList.remove("by-pointer");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key === "Enter") {
      this.#cursor ??= [0.5, 0.25];
      this.#setPen(!this.#penDown);
      if (this.#penDown) {
        this.#strokes.push([]);
        this.#put(...this.#cursor, PENS[this.pen]);
        this.#changed();
      }
    } else if (event.key === "Escape") {
      this.#setPen(false);
    } else if (move) {
      const clamp = (value) => Math.min(0.98, Math.max(0.02, value));
      const [x, y] = this.#cursor ?? [0.5, 0.25];
      this.#cursor = [clamp(x + move[0] * KEY_STEP), clamp(y + move[1] * KEY_STEP)];
      if (this.#penDown) {
        this.#put(...this.#cursor, PENS[this.pen]);
        this.#changed();
      }
    } else return;
    event.preventDefault();
    this.#draw();
  }

  #setPen(down) {
    if (this.#penDown === down) return;
    this.#penDown = down;
    this.#onPen(down);
    this.#draw();
  }

  #changed() {
    this.#draw();
    this.#onChange();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
      if (!side) return;
      if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
      const context = this.#canvas.getContext("2d");
      const style = getComputedStyle(this.#canvas);
      context.clearRect(0, 0, side, side);
      this.#paint(context, side, style.color);
      if (this.#cursor && document.activeElement === this.#canvas) {
        this.#paintCursor(context, side, style.getPropertyValue("outline-color"));
      }
    });
  }

  #paintCursor(context, side, color) {
    const [x, y] = this.#cursor.map((value) => value * side);
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = Math.max(2, side / 160);
    context.beginPath();
    context.arc(x, y, (PENS[this.pen] * side) / 2 + context.lineWidth, 0, 2 * Math.PI);
    if (this.#penDown) context.fill();
    else context.stroke();
  }

  #paint(context, side, color) {
    context.strokeStyle = context.fillStyle = color;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) paintStroke(context, stroke, side);
  }
}

/** A stroke through the middles of its segments, so that corners between samples are round. */
function paintStroke(context, points, side) {
  const [[x0, y0, width0]] = points;
  context.lineWidth = width0 * side;
  context.beginPath();
  if (points.length === 1) {
    context.arc(x0 * side, y0 * side, (width0 * side) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  const even = points.every((point) => point[2] === width0); // then it is one path
  let [fromX, fromY] = [x0, y0];
  context.moveTo(fromX * side, fromY * side);
  for (let i = 1; i < points.length; i += 1) {
    const [x, y, width] = points[i];
    const [toX, toY] = i === points.length - 1 ? [x, y] : [(x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2];
    if (!even) {
      context.beginPath();
      context.lineWidth = width * side;
      context.moveTo(fromX * side, fromY * side);
    }
    context.quadraticCurveTo(x * side, y * side, toX * side, toY * side);
    if (!even) context.stroke();
    [fromX, fromY] = [toX, toY];
  }
  if (even) context.stroke();
}
