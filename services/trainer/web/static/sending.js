// Sends a file and tells how far it is, which `fetch` does not.

import { Problem, problemFrom } from "../shared/http.js";

/**
 * Send a file as the body of a `PUT`; gives the answer as JSON.
 *
 * `onProgress(sent, total)` gets bytes; the last of them are sent when both are equal. A `signal`
 * breaks it off: the promise is then rejected with `AbortError`.
 */
export function sendFile(url, file, { headers = {}, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    for (const [name, value] of Object.entries({ "Content-Type": "application/octet-stream", ...headers })) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => onProgress(event.loaded, file.size);
    request.upload.onload = () => onProgress(file.size, file.size);
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(problemFrom(request.status, answer, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(new Problem());
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
