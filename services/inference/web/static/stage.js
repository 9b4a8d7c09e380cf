// What is on the stage: a drawing, or a picture with boxes around its digits.

import { byId, s } from "../shared/dom.js";
import { className, t } from "../shared/page.js";

const MAX_SHOWN_BYTES = 64 * 2 ** 20;

/** Show a picture file in place of the drawing; one that the browser cannot show is named. */
export async function showPicture(file) {
  hidePicture();
  const image = byId("shown");
  byId("sketch").hidden = true;
  if (file.size > MAX_SHOWN_BYTES) return nameInstead(file.name);
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } catch {
    return nameInstead(file.name);
  }
  image.classList.toggle("pixels", Math.max(image.naturalWidth, image.naturalHeight) <= 64);
  image.hidden = false;
  return undefined;
}

/** Say where the picture is that only the service has seen. */
export function nameInstead(name) {
  const elsewhere = byId("elsewhere");
  byId("sketch").hidden = true;
  elsewhere.textContent = t("picture.elsewhere", { name });
  elsewhere.hidden = false;
}

/** Back to the drawing. */
export function hidePicture() {
  const image = byId("shown");
  if (image.src) URL.revokeObjectURL(image.src);
  image.removeAttribute("src");
  image.hidden = byId("elsewhere").hidden = true;
  byId("sketch").hidden = false;
  showBoxes([]);
}

/** Draw boxes, in pixels of a picture of `size`: that of the shown picture by default. */
export function showBoxes(digits, chosen = -1, size = null) {
  const image = byId("shown");
  const svg = byId("boxes");
  const [width, height] = size ?? [image.naturalWidth, image.naturalHeight];
  const boxed = width ? digits.filter((it) => it.box) : [];
  svg.setAttribute("viewBox", `0 0 ${width || 1} ${height || 1}`);
  const fontSize = Math.max(width, height) / 18;
  svg.replaceChildren(...boxed.flatMap((digit, i) => {
    const { left, top, width: wide, height: high } = digit.box;
    return [
      s("rect", { x: left, y: top, width: wide, height: high, rx: fontSize / 6, class: i === chosen ? "chosen" : "" }),
      s("text", { x: left, y: top > fontSize * 1.2 ? top - fontSize * 0.3 : top + high + fontSize, "font-size": fontSize }, className(digit.class_name)),
    ];
  }));
}
