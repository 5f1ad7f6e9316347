// The texts of the page's language: they come with the page, so that it always has words.
export const language = document.documentElement.dataset.language;

const texts = JSON.parse(document.getElementById("texts").textContent);

export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What only some of a kind have words for.
export const tIf = (key) => texts[key];

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
  return isReason(reason) ? t(`reason.${reason}`) : tOr(`decide.reason.${reason}`, reason);
}

// Why a truck waits at a lane; null while its record has not come.
export function heldText(stop) {
  if (!stop) return t("decide.held");
  return stop.state === "held" ? reasonText(stop.reason) : t("held.decided", { reason: reasonText(stop.reason) });
}

export const isReason = (text) => `reason.${text}` in texts;
