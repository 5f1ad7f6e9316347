// Our own API. A refusal becomes an Error with the problem's words; a lost session goes to login.
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.kind = problem.type;
  }
}

export async function get(path) {
  return read(await fetch(`/api/v1/${path}`, { headers: { Accept: "application/json" } }));
}

export async function send(method, path, body, key) {
  const headers = { "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  return read(await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) }));
}

async function read(answer) {
  if (answer.status === 401) {
    location.assign("/login");
    throw new Error("signed out");
  }
  if (answer.status === 204) return null;
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body);
  return body;
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
