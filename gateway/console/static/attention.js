// What needs a person: held trucks and alarms first, then who was turned away and why.
import { get, send } from "./api.js";
import { h, keyed, setText, shape } from "./dom.js";
import { kg, time } from "./format.js";
import { plateSeen } from "./plates.js";
import { deviceName, reasonText, t, tOr } from "./texts.js";

const TURNED_AWAY_SHOWN = 8;

const byId = (id) => document.getElementById(id);

export async function refreshAttention(decides, laneName) {
  const [held, refused, alarms] = await Promise.all([
    get("stops?state=held&limit=20"),
    get(`stops?state=refused&limit=${TURNED_AWAY_SHOWN}`),
    get("alarms?open=true&limit=30"),
  ]);
  const notices = [
    ...held.items.map((stop) => ({ kind: "held", at: stop.arrived_at, stop })),
    ...alarms.items.map((alarm) => ({ kind: "alarm", at: alarm.last_at, alarm })),
  ];
  keyed(byId("notices"), notices, keyOf, (notice) =>
    notice.kind === "held" ? heldNotice(notice.stop, decides, laneName) : alarmNotice(notice.alarm, laneName),
  );
  keyed(byId("turned-away"), refused.items, (stop) => stop.stop_id, (stop) => refusedNotice(stop, laneName));
  byId("calm").hidden = notices.length > 0;
  byId("turned-away-none").hidden = refused.items.length > 0;
  const count = byId("attention-count");
  count.hidden = notices.length === 0;
  setText(count, String(notices.length));
  return notices.length;
}

const keyOf = (notice) => (notice.kind === "held" ? notice.stop.stop_id : notice.alarm.id);

function notice(tone, shapeName, title, at, where, action) {
  return h(
    "li",
    { class: "notice", "data-tone": tone },
    shape(shapeName),
    h("b", {}, title),
    h("time", { datetime: at }, time(at)),
    h("p", { class: "where" }, where),
    action && h("p", { class: "do" }, action),
  );
}

function stopWhere(stop, laneName) {
  const parts = [laneName(stop.yard_id, stop.lane_id), stop.plate ?? t("lane.card", { tag: stop.tag })];
  const seen = plateSeen(stop);
  if (seen && stop.plate_read !== stop.plate) parts.push(seen);
  if (stop.weight_kg !== null) parts.push(`${kg(stop.weight_kg)}\u00a0kg`);
  return parts.join(" · ");
}

function heldNotice(stop, decides, laneName) {
  const action = stop.released_at ? bookButton(stop, decides) : laneLink(stop);
  return notice("held", "held", reasonText(stop.reason), stop.arrived_at, stopWhere(stop, laneName), action);
}

function laneLink(stop) {
  return h("a", { href: `#lane-${stop.yard_id}-${stop.lane_id}` }, t("attention.go_to_lane"));
}

// It has left with its weight, but nothing was there to book it on.
function bookButton(stop, decides) {
  if (!decides) return null;
  const button = h("button", { type: "button" }, t("attention.book"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send("POST", `stops/${stop.stop_id}/booking`);
    } catch (error) {
      setText(button, tOr(`reason.${error.message}`, error.message));
    }
  });
  return button;
}

function alarmNotice(alarm, laneName) {
  const count = alarm.count > 1 ? ` ×${alarm.count}` : "";
  const lane = alarm.lane_id ? laneName(alarm.yard_id, alarm.lane_id) : null;
  const [title, about] = alarm.kind === "lane_fault" ? faultTexts(alarm) : alarmTexts(alarm);
  const where = [lane, about].filter(Boolean).join(" · ");
  return notice("bad", "alarm", title + count, alarm.last_at, where, null);
}

function alarmTexts(alarm) {
  return [tOr(`alarm.${alarm.kind}`, alarm.kind), tOr(`reason.${alarm.detail}`, alarm.detail)];
}

// Of several failed devices each says what is wrong with it.
function faultTexts(alarm) {
  const wrong = alarm.detail ? reasonText(alarm.detail) : t("alarm.lane_fault");
  return [wrong, deviceName(alarm.subject)];
}

function refusedNotice(stop, laneName) {
  return notice("bad", "bad", reasonText(stop.reason), stop.arrived_at, stopWhere(stop, laneName), null);
}
