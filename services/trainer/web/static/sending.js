// Sends files and tells how far they are, which `fetch` does not.

import { Problem, problemFrom } from "../shared/http.js";

/**
 * Send what was picked by `PUT`, a file as the body, a folder as a form; gives the answer as JSON.
 *
 * `onProgress(sent, total)` gets bytes; all are sent when both are equal. A `signal` breaks it
 * off: the promise is then rejected with `AbortError`.
 */
export function send(url, picked, { headers = {}, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const { size } = picked;
    request.open("PUT", url);
    if (!picked.isFolder) request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(Math.min(event.loaded, size - 1), size);
    request.upload.onload = () => onProgress(size, size);
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(problemFrom(request.status, answer, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(new Problem());
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(picked.isFolder ? folderForm(picked.files) : picked.files[0].file);
  });
}

function folderForm(files) {
  const form = new FormData();
  for (const { file, path } of files) form.append("file", file, path);
  return form;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
