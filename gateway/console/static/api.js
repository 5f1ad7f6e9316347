// Our own API. A refusal becomes an error in the page's words; a lost session goes to login and back.
import { isReason, language, reasonText, tOr, t } from "./texts.js";

const PATIENCE_MS = 10_000;
const PAGES_MAX = 5;

// The server said no, and did nothing.
export class Refused extends Error {
  constructor(problem) {
    super(explain(problem));
    this.kind = problem.type?.split(":").at(-1);
    this.fields = (problem.errors ?? []).map((one) => one.field.split(".").at(-1));
  }

  // Somebody else, or a record, was there first.
  get isConflict() {
    return this.kind === "revision_mismatch";
  }
}

// Nothing came back. What was sent may have arrived all the same.
export class Unreachable extends Error {
  constructor() {
    super(t("error.unreachable"));
  }
}

class SignedOut extends Error {}

let isLeaving = false;

// Details are written in English by the server; a page in another language does without them.
function explain({ type = "", title, detail, errors = [] }) {
  if (isReason(detail)) return reasonText(detail);
  const words = tOr(`problem.${type.split(":").at(-1)}`, title);
  const fields = [...new Set(errors.map((one) => tOr(`field.${one.field.split(".").at(-1)}`, one.field)))];
  if (fields.length && language !== "en") return t("problem.fields", { words, fields: fields.join(t("list.comma")) });
  return detail && language === "en" ? `${words} (${detail})` : words;
}

const readAt = new WeakMap();
const tags = new WeakMap();

// When the server gave this answer, by its own clock.
export const answeredAt = (answer) => readAt.get(answer);

// What names this answer's content, for a change that is meant for just that.
export const tagOf = (answer) => tags.get(answer);

export function get(path) {
  return ask(path, { headers: { Accept: "application/json" } });
}

// A whole list, page by page; `more` if even that was not all.
export async function getAll(path) {
  const pages = [await get(path)];
  while (pages.at(-1).next_cursor && pages.length < PAGES_MAX) {
    pages.push(await get(`${path}&cursor=${pages.at(-1).next_cursor}`));
  }
  const all = { items: pages.flatMap((page) => page.items), more: pages.at(-1).next_cursor !== null };
  readAt.set(all, answeredAt(pages[0]));
  return all;
}

// With a `key` the server does it once, however often it is sent; with `seen` only if nothing changed.
export function send(method, path, body, { key, seen } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  if (seen) headers["If-Match"] = seen;
  return ask(path, { method, headers, body: body && JSON.stringify(body) });
}

// Ends the session. What is being read meanwhile is answered by nobody, and leads nowhere.
export async function signOut() {
  const answer = send("DELETE", "sessions/current");
  isLeaving = true;
  try {
    await answer;
  } catch (error) {
    isLeaving = error instanceof SignedOut; // then it was over already
    if (!isLeaving) throw error;
  }
}

async function ask(path, options) {
  if (isLeaving) throw new SignedOut();
  const answer = await answered(path, options);
  if (answer.status === 401) {
    if (isLeaving) throw new SignedOut();
    const place = document.activeElement?.closest(".notice[id]");
    const next = location.pathname + location.search + (place ? `#${place.id}` : location.hash);
    location.assign(`/login?over=1&next=${encodeURIComponent(next)}`);
    throw new SignedOut();
  }
  if (answer.status === 204) return null;
  const body = await bodyOf(answer);
  if (!answer.ok) throw new Refused(body);
  readAt.set(body, new Date(answer.headers.get("Date") ?? Date.now()));
  tags.set(body, answer.headers.get("ETag"));
  return body;
}

async function answered(path, options) {
  try {
    return await fetch(`/api/v1/${path}`, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw new Unreachable();
  }
}

// What is no JSON was not said by our server but by something on the way to it.
async function bodyOf(answer) {
  try {
    return await answer.json();
  } catch {
    throw new Unreachable();
  }
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
