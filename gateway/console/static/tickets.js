// The latest tickets: both weights, the net, the money and where it is.
import { get } from "./api.js";
import { byId, h, keyed, shape } from "./dom.js";
import { kg, time, tonnes, yuan } from "./format.js";
import { placeName } from "./places.js";
import { t, tOr } from "./texts.js";

const SHOWN = 15;
// payout state → [tone, shape]
const PAYOUT = {
  held: ["held", "held"],
  ready: ["moving", "moving"],
  sending: ["moving", "moving"],
  accepted: ["moving", "moving"],
  unknown: ["moving", "moving"],
  paid: ["good", "good"],
  failed: ["bad", "bad"],
  returned: ["bad", "bad"],
  manual: ["held", "held"],
};

// By the newest weighing: the latest that were closed, however long the truck was inside, and the
// latest that were begun.
export async function readTickets() {
  const pages = await Promise.all([
    get(`tickets?sort=closed_at&limit=${SHOWN}`),
    get(`tickets?status=open&limit=${SHOWN}`),
  ]);
  const all = pages.flatMap((page) => page.items);
  const latest = all.sort((a, b) => Date.parse(weighedAt(b)) - Date.parse(weighedAt(a))).slice(0, SHOWN);
  const body = document.querySelector("#tickets tbody");
  keyed(body, latest, (ticket) => ticket.id, (ticket) => row(ticket));
  byId("tickets").hidden = latest.length === 0;
  byId("tickets-none").hidden = latest.length > 0;
  return pages;
}

function weighedAt(ticket) {
  return ticket.second?.at ?? ticket.first.at;
}

function row(ticket) {
  const at = weighedAt(ticket);
  const amount = ticket.settlement?.price.total_minor;
  return h(
    "tr",
    {},
    cell("", h("time", { datetime: at }, time(at)), receiptLink(ticket)),
    cell("wide", h("span", { class: "plate" }, ticket.plate), h("small", {}, ticket.driver_name)),
    cell("all", h("span", {}, t(`tickets.${ticket.purpose}`)), h("small", {}, `${placeName(ticket.yard_id)} · ${ticket.cargo}`)),
    number("gross", heavier(ticket), " kg"),
    number("tare", lighter(ticket), " kg"),
    number("net", ticket.net_kg === null ? null : tonnes(ticket.net_kg), " t", "strong"),
    number("amount", amount === undefined ? null : yuan(amount), "", "strong"),
    cell("fate", ...payout(ticket)),
  );
}

// While open, one weighing is known: whether it is the tare follows from the purpose.
function heavier(ticket) {
  if (ticket.gross_kg !== null) return kg(ticket.gross_kg);
  return ticket.purpose === "unloading" ? kg(ticket.first.weight_kg) : null;
}

function lighter(ticket) {
  if (ticket.tare_kg !== null) return kg(ticket.tare_kg);
  return ticket.purpose === "loading" ? kg(ticket.first.weight_kg) : null;
}

function receiptLink(ticket) {
  const link = h("a", { href: ticket.receipt_path, target: "_blank", rel: "noopener" }, ticket.order_no);
  link.title = t("tickets.receipt");
  return h("small", {}, link);
}

function cell(kind, ...content) {
  return h("td", { class: kind }, ...content);
}

function number(column, text, unit, kind = "") {
  const known = text === null ? "–" : text + unit;
  return h("td", { class: `num ${kind}`, "data-label": t(`tickets.${column}`) }, known);
}

function stillTo(ticket) {
  if (ticket.status === "open") return "second_weighing";
  if (ticket.purpose === "unloading") return "pricing";
  return ticket.order_status === "delivered" ? "delivered" : "under_way";
}

function badge(tone, shapeName, words) {
  return h("span", { class: "badge", "data-tone": tone }, shape(shapeName), words);
}

// The words of another program, in English whatever the page's language is.
function technical(text) {
  return h("details", {}, h("summary", {}, t("alarm_detail")), h("span", { lang: "en" }, text));
}

function payout(ticket) {
  if (ticket.settlement_error) {
    return [badge("bad", "bad", t("tickets.not_settled")), technical(ticket.settlement_error)];
  }
  if (ticket.settlement) {
    const { state, reason } = ticket.settlement.payout;
    const [tone, shapeName] = PAYOUT[state] ?? ["idle", "off"];
    const why = reason && state !== "paid" ? h("small", {}, tOr(`payout.reason.${reason}`, reason)) : null;
    return [badge(tone, shapeName, tOr(`payout.${state}`, state)), why];
  }
  return [badge("idle", "idle", t(`tickets.${stillTo(ticket)}`))];
}
