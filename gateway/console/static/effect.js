// What an assignment comes to, in words: each ticket and each other weighing, now and then.
import { h } from "./dom.js";
import { kg, time, tonnes, yuan } from "./format.js";
import { placeName } from "./places.js";
import { reasonText, t } from "./texts.js";

export function weighingWords(weighing) {
  // The weight first: a phone's choice shows only the beginning.
  const parts = [`${kg(weighing.weight_kg)}\u00a0kg`, time(weighing.weighed_at), placeName(weighing.yard_id, weighing.lane_id)];
  return parts.join(" · ");
}

// An order's number, and what tells it from the truck's others.
export function orderWords(order) {
  const way = `${placeName(order.origin_yard_id)} → ${placeName(order.destination_yard_id)}`;
  return [order.order_no, `${order.cargo} · ${way}`, `${order.driver_name} · ${t(`order.${order.status}`)}`];
}

export function effectOf(choice, view) {
  const orders = new Map(view.orders.map((order) => [order.order_id, order]));
  const numberOf = (orderId) => orders.get(orderId)?.order_no ?? "";
  const rows = choice.tickets.map((ticket) => ticketRow(ticket, numberOf(ticket.order_id)));
  const weighings = new Map(view.weighings.map((one) => [one.stop_id, one]));
  const moved = choice.stops.filter((one) => weighings.has(one.stop_id)).map((one) => {
    const what = weighingWords(weighings.get(one.stop_id));
    return row(what, placeWords(one.before, numberOf), placeWords(one.after, numberOf));
  });
  const list = h("dl", { class: "changes" }, ...moved.flat(), ...rows.flat());
  return [h("h4", {}, t("assign.effect")), list, h("p", { class: "money" }, moneyWords(choice, orders.get(choice.order_id)))];
}

function row(what, before, after) {
  const now = h("span", {}, hidden(t("assign.now")), before);
  const then = h("b", {}, hidden(t("assign.then")), after);
  return [h("dt", {}, what), h("dd", {}, now, h("span", { "aria-hidden": "true" }, " → "), then)];
}

const hidden = (words) => h("span", { class: "sr-only" }, `${words}: `);

function ticketRow(ticket, number) {
  const what = `${number} · ${t(`tickets.${ticket.purpose}`)} · ${placeName(ticket.yard_id)}`;
  return row(what, weightsWords(ticket.before), weightsWords(ticket.after));
}

function weightsWords(weights) {
  if (weights === null) return t("assign.no_ticket");
  const { gross_kg: gross, tare_kg: tare, net_kg: net } = weights;
  if (net !== null) return t("assign.net", { gross: kg(gross), tare: kg(tare), net: tonnes(net) });
  return t("assign.half", { weight: kg(gross ?? tare) });
}

function placeWords(place, numberOf) {
  if (place.order_id !== null) return t("assign.in_order", { order: numberOf(place.order_id) });
  return place.reason ? reasonText(place.reason) : t("assign.no_ticket");
}

// The exact freight is settlement's to work out; who gets it, and by which rate, is known.
function moneyWords(choice, order) {
  if (!order) return t("assign.nobody_paid");
  const rate = t("assign.rate", { rate: yuan(order.terms.rate_per_tonne_minor), driver: order.driver_name });
  const how = t(`receipt.basis.${order.terms.basis}`);
  const when = t(choice.is_complete ? "assign.will_be_settled" : "assign.not_yet");
  return t("assign.money", { when, rate, how });
}
