// Today in six numbers.
import { get } from "./api.js";
import { setText } from "./dom.js";
import { count, seconds, tonnes, yuan } from "./format.js";
import { t } from "./texts.js";

export async function readToday() {
  const day = await get("summary");
  show("trips", count(day.trips), "", t("today.trips_note", { passes: count(day.passes), refused: count(day.refused) }));
  show("cycle", ...inSeconds(day.cycle_ms), t("today.cycle_note"));
  const slower = day.admit_ms === null && day.release_ms === null ? null : Math.max(day.admit_ms ?? 0, day.release_ms ?? 0);
  show("answer", slower === null ? "–" : count(slower), slower === null ? "" : "ms", t("today.answer_note"));
  show("delivered", tonnes(day.delivered_kg), "t", "");
  show("paid", yuan(day.paid_minor), t("unit.yuan"), t("today.paid_note", { paid: day.paid, unpaid: day.unpaid }));
  show("paid_after", ...inSeconds(day.paid_after_ms), t("today.paid_after_note"));
  return [day];
}

function inSeconds(ms) {
  return ms === null ? ["–", ""] : [seconds(ms), "s"];
}

function show(name, value, unit, note) {
  const figure = document.getElementById(`today-${name}`);
  const small = document.createElement("small");
  small.textContent = unit;
  figure.querySelector(".value").replaceChildren(value, small);
  setText(figure.querySelector(".note"), note);
}
