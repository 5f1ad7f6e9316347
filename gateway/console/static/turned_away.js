// Who was turned away last, and why.
import { get } from "./api.js";
import { byId, h, keyed, shape } from "./dom.js";
import { kg, time } from "./format.js";
import { plateSeen } from "./plates.js";
import { reasonText, t } from "./texts.js";

const SHOWN = 8;

export async function readTurnedAway(laneName) {
  const page = await get(`stops?state=refused&limit=${SHOWN}`);
  keyed(byId("turned-away"), page.items, (stop) => stop.stop_id, (stop) => row(stop, laneName));
  byId("turned-away-none").hidden = page.items.length > 0;
  return [page];
}

function row(stop, laneName) {
  return h(
    "li",
    { class: "notice", "data-tone": "bad" },
    shape("bad"),
    h("b", {}, reasonText(stop.reason)),
    h("time", { datetime: stop.arrived_at }, time(stop.arrived_at)),
    h("p", { class: "where" }, where(stop, laneName)),
  );
}

function where(stop, laneName) {
  const parts = [laneName(stop.yard_id, stop.lane_id), stop.plate ?? t("lane.card", { tag: stop.tag })];
  const seen = plateSeen(stop);
  if (seen && stop.plate_read !== stop.plate) parts.push(seen);
  if (stop.weight_kg !== null) parts.push(`${kg(stop.weight_kg)}\u00a0kg`);
  return parts.join(" · ");
}
