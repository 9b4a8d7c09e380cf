// Makes elements; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element: `h("p", {class: "soft", onclick: act}, "text", otherElement)`. */
export const h = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** The same of SVG. */
export const s = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** A bar of a share of one, as the macro `bar` makes it. */
export const bar = (share, kind = "") =>
  s("svg", { class: `bar ${kind}`, "aria-hidden": "true" },
    s("rect", { width: `${(100 * share).toFixed(2)}%`, height: "100%" }));

/** Let a bar show another share. */
export function setBar(svg, share) {
  svg.firstElementChild.setAttribute("width", `${(100 * share).toFixed(2)}%`);
}

/** The element with this id; an error if there is none. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element has the id ${id}`);
  return element;
}
