// A photograph: from the camera of this machine, or by the camera app of a phone.

import { byId } from "../shared/dom.js";

/** A photograph as a PNG, or nothing if none was taken; phones use their own camera app. */
export async function photograph() {
  if (matchMedia("(pointer: coarse)").matches || !navigator.mediaDevices?.getUserMedia) {
    byId("capture").click(); // its `change` takes the picture
    return null;
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    byId("capture").click(); // no camera, or not allowed: any picture will do
    return null;
  }
  try {
    return await shootIn(stream);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

async function shootIn(stream) {
  const dialog = byId("photo");
  const video = byId("viewfinder");
  video.srcObject = stream;
  await video.play();
  dialog.showModal();
  const shot = await new Promise((resolve) => {
    byId("shoot").onclick = () => resolve(true);
    byId("close-photo").onclick = () => resolve(false);
    dialog.onclose = () => resolve(false);
  });
  const photo = shot ? await frameOf(video) : null;
  dialog.close();
  video.srcObject = null;
  return photo;
}

function frameOf(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}
