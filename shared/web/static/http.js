// Asks services, and makes problem documents (RFC 9457) into errors that people can read.

import { hasWords, t } from "./page.js";

/** What a service refused, or that it could not be asked: `status` is 0 then. */
export class Problem extends Error {
  constructor({ status = 0, slug = "unreachable", title = "", detail = "", errors = [], retryAfter = null, detailLanguage = "en" } = {}) {
    super(detail || title || slug);
    Object.assign(this, { status, slug, title, detail, errors, retryAfter, detailLanguage });
  }

  /** What happened, in the language of the page where there are words for it. */
  get headline() {
    const key = `problem.${this.slug}`;
    return hasWords(key) ? t(key) : this.title || t("problem.other", { status: String(this.status) });
  }
}

/** The answer to a request that succeeded; throws `Problem`, or `AbortError` if it was given up. */
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem();
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

/** The same, as JSON. */
export async function askJson(url, options = {}) {
  return (await ask(url, options)).json();
}

/** Send a value as JSON, and read the answer as JSON. */
export function sendJson(url, value, options = {}) {
  return askJson(url, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value),
    ...options,
  });
}

/** The error that an answer stands for: its status, its document, and when to try again. */
export function problemFrom(status, document, retryAfter) {
  return new Problem({
    status,
    slug: String(document.type ?? "").split("/").pop() || "other",
    title: document.title,
    detail: document.detail,
    errors: document.errors,
    retryAfter: Number(retryAfter) || null,
  });
}

async function problemOf(response) {
  return problemFrom(response.status, await response.json().catch(() => ({})), response.headers.get("Retry-After"));
}
