// A line about what just happened. It goes away by itself; what lasts stands in a list.
import { byId, h, shape } from "./dom.js";

const SHOWN_MS = 12_000;
const SHAPES = { good: "good", moving: "moving", bad: "bad" };

// Saying something new about the same `subject` replaces what was said.
export function toast(tone, text, subject) {
  const line = h("p", { class: "toast", "data-tone": tone, "data-subject": subject }, shape(SHAPES[tone]), text);
  const old = [...byId("toasts").children].find((one) => one.dataset.subject === subject);
  if (old) old.replaceWith(line);
  else byId("toasts").append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
