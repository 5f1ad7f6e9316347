// Who was turned away last, and why; he still stands there, so also what can be done about it now.
import { get } from "./api.js";
import { byId, fromTemplate, keyed, setText } from "./dom.js";
import { Ending } from "./ending.js";
import { kg, time } from "./format.js";
import { showPhone } from "./held.js";
import { NewOrder } from "./new_order.js";
import { placeName } from "./places.js";
import { plateSeen } from "./plates.js";
import { reasonText, t, tOr } from "./texts.js";

const SHOWN = 8;
// What an order, or another one, puts right.
const BY_ORDER = ["no_order", "order_complete", "wrong_yard", "contract_expired", "contract_suspended", "contract_not_yet_valid"];

export async function readTurnedAway() {
  const page = await get(`stops?state=refused&limit=${SHOWN}`);
  const list = byId("turned-away");
  const shown = new Set(page.items.map((stop) => stop.stop_id));
  // What somebody has begun does not go away because others were turned away since.
  const begun = [...list.children].filter((one) => one.querySelector("fieldset:not([hidden])")).map((one) => one.stop);
  const stops = [...page.items, ...begun.filter((stop) => !shown.has(stop.stop_id))];
  keyed(list, stops, (stop) => stop.stop_id, (stop) => row(stop));
  byId("turned-away-none").hidden = stops.length > 0;
  return [page];
}

function row(stop) {
  const element = fromTemplate("turned-notice");
  const part = (selector) => element.querySelector(selector);
  element.id = `turned-${stop.stop_id}`;
  element.stop = stop;
  setText(part(".title"), reasonText(stop.reason));
  part("time").dateTime = stop.arrived_at;
  setText(part("time"), time(stop.arrived_at));
  setText(part(".words"), where(stop));
  showPhone(part(".phone"), stop);
  setText(part(".todo"), tOr(`turned.todo.${stop.reason}`, ""));
  if (part(".new-order")) offerHelp(stop, part);
  return element;
}

function offerHelp(stop, part) {
  const isByOrder = stop.plate && BY_ORDER.includes(stop.reason);
  if (isByOrder) new NewOrder(part(".new-order"), stop);
  else part(".new-order").remove();
  if (stop.plate && stop.reason === "already_on_another_lane") offerEnding(stop, part);
}

// Where it is thought to be: perhaps a lane that is gone, and would lock it out for good.
async function offerEnding(stop, part) {
  const open = "state=arrived&state=weighed&state=held";
  const page = await get(`stops?plate=${encodeURIComponent(stop.plate)}&${open}&limit=20`);
  const other = page.items.find((one) => one.released_at === null && one.left_at === null && one.stop_id !== stop.stop_id);
  if (!other) return;
  const place = placeName(other.yard_id, other.lane_id);
  setText(part(".todo"), t("turned.thought_at", { place, time: time(other.arrived_at) }));
  const ending = new Ending({ about: () => `${stop.plate}, ${place}`, stopOf: () => other.stop_id, onDone: () => {} });
  part(".todo").after(ending.form);
}

function where(stop) {
  const parts = [placeName(stop.yard_id, stop.lane_id), stop.plate ?? t("lane.card", { tag: stop.tag })];
  if (stop.driver_name) parts.push(stop.driver_name);
  const seen = plateSeen(stop);
  if (seen && stop.plate_read !== stop.plate) parts.push(seen);
  if (stop.weight_kg !== null) parts.push(`${kg(stop.weight_kg)}\u00a0kg`);
  return parts.join(" · ");
}
