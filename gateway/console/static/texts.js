// The texts of the page's language: the same catalogue that the templates use.
export const language = document.documentElement.dataset.language;

let texts = {};

export async function loadTexts() {
  texts = await (await fetch(`/locales/${language}.json`)).json();
}

export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// For what comes from outside: a reason or state of a newer program has no text here yet.
export function tOr(key, fallback) {
  return texts[key] ?? String(fallback).replaceAll("_", " ");
}

// A lane's own devices have names here; readers and cameras may have one that the yard gave them.
export function deviceName(name) {
  return tOr(`device.${name}`, name);
}

// Why a truck was stopped: a rule's reason, or the one that a dispatcher chose.
export function reasonText(reason) {
  if (!reason) return t("decide.held");
  return texts[`reason.${reason}`] ?? tOr(`decide.reason.${reason}`, reason);
}
