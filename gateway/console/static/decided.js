// Who decided what today, and whether the lane has done it; and who closed which alarm.
import { aboutOf, placeOf, titleOf } from "./alarms.js";
import { byId, h, keyed, shape } from "./dom.js";
import { kg, time } from "./format.js";
import { outcomeOf } from "./outcomes.js";
import { placeName } from "./places.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t, tOr } from "./texts.js";

// A command that the lane has not obeyed by then is out of date.
const OUT_OF_DATE_MS = 60_000;

export async function readDecided(getAll) {
  const pages = await Promise.all([
    getAll("decisions?today=true&limit=50"),
    getAll("alarms?closed_today=true&limit=50"),
  ]);
  const trucks = pages[0].items.map((one) => ({ ...one, at: one.decided_at, fate: fateOf(one) }));
  const alarms = pages[1].items.map((one) => ({ ...one, at: one.resolved_at }));
  const rows = [...trucks, ...alarms].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  keyed(byId("decided-list"), rows, (one) => one.id, (one) => (one.fate ? truckRow(one) : alarmRow(one)));
  byId("decided-none").hidden = rows.length > 0;
  byId("decided-unread").hidden = !pages.some((page) => page.more);
  return pages;
}

function fateOf(decision) {
  if (decision.is_done || outcomeOf(decision.id) === "done") return "done";
  if (outcomeOf(decision.id)) return outcomeOf(decision.id);
  // Nothing that a lane records shows a hold.
  if (decision.action === "hold") return "held";
  const ageMs = serverNowMs() - Date.parse(decision.decided_at);
  return ageMs < OUT_OF_DATE_MS ? "waiting" : "unknown";
}

const SHAPES = { held: ["held", "held"], done: ["good", "good"], waiting: ["moving", "moving"], unknown: ["idle", "off"] };

function truckRow(decision) {
  const [tone, shapeName] = SHAPES[decision.fate] ?? ["bad", "bad"];
  const truck = [decision.plate ?? t("lane.card", { tag: decision.tag }), placeName(decision.yard_id, decision.lane_id)];
  if (decision.weight_kg !== null) truck.push(`${kg(decision.weight_kg)}\u00a0kg`);
  const why = decision.reason ? ` · ${reasonText(decision.reason)}` : "";
  const title = titleOfDecision(decision);
  const fate = decision.fate === "held" ? "" : ` · ${t(`fate.${decision.fate}`)}`;
  const who = `${decision.username}${why}${fate}`;
  return row(decision.at, [tone, shapeName], title, [truck.join(" · "), who]);
}

function titleOfDecision({ action, order_no: order }) {
  if (action !== "assign") return tOr(`decided.${action}`, action);
  return order === null ? t("decided.set_aside") : t("decided.assign", { order });
}

function alarmRow(alarm) {
  const what = [placeOf(alarm), ...aboutOf(alarm)].filter(Boolean).join(" · ");
  const title = t("decided.alarm", { title: titleOf(alarm) });
  return row(alarm.at, ["idle", "good"], title, [what, `${alarm.resolved_by} · ${alarm.resolved_reason}`]);
}

function row(at, [tone, shapeName], title, lines) {
  return h(
    "li",
    { class: "notice", "data-tone": tone },
    shape(shapeName),
    h("b", {}, title),
    h("time", { datetime: at }, time(at)),
    ...lines.filter(Boolean).map((line) => h("p", { class: "where" }, line)),
  );
}
