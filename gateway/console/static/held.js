// A held truck, in the list of what needs a person: all that is known of it, and the decision.
import { fromTemplate, setText } from "./dom.js";
import { Decision } from "./decide.js";
import { Ending } from "./ending.js";
import { duration, kg } from "./format.js";
import { plateCheck, plateSeen } from "./plates.js";
import { serverNowMs } from "./stream.js";
import { heldText, reasonText, t } from "./texts.js";

// At the lane: kept as long as it is held, so that a decision half made stays.
export class HeldNotice {
  constructor(decides, onDecided) {
    this.element = fromTemplate("held-notice");
    this.part = (selector) => this.element.querySelector(selector);
    const form = this.part(".decide");
    this.onDecided = onDecided;
    this.ending = null;
    this.decision = decides ? new Decision(form, () => truckWords(this.held), onDecided) : null;
  }

  // For a lane that does not know of this truck any more, or is gone.
  showEnding(isForgotten) {
    if (isForgotten === (this.ending !== null)) return;
    this.ending?.form.remove();
    const about = () => truckWords(this.held);
    this.ending = isForgotten ? new Ending({ about, stopOf: () => this.held.stopId, onDone: this.onDecided }) : null;
    if (isForgotten) this.element.append(this.ending.form);
  }

  // `open` is what lets the truck go on, null while the lane does not wait for a decision.
  update(held) {
    this.held = held;
    const { stop, stopId, lane, open, blocked } = held;
    this.element.id = `notice-${stopId}`;
    setText(this.part(".title"), heldText(stop));
    setText(this.part(".for"), waitedFor(held.sinceMs));
    setText(this.part(".where"), lane.name);
    this.part(".to-lane").href = `#${lane.card.id}`;
    setText(this.part(".plate"), stop?.plate ?? "");
    setText(this.part(".who"), whose(stop).join(" · "));
    showPhone(this.part(".phone"), stop);
    setText(this.part(".load"), weightWords(stop));
    setText(this.part(".check"), [stop && plateSeen(stop), plateCheck(stop)].filter(Boolean).join(" · "));
    setText(this.part(".blocked"), blocked ?? "");
    if (this.decision === null) return;
    this.showEnding(held.isForgotten ?? false);
    this.decision.form.hidden = open === null;
    this.decision.form.inert = blocked !== null;
    if (open !== null) this.decision.show(stop, stopId, open);
  }
}

export function showPhone(phone, stop) {
  phone.hidden = !stop?.driver_phone;
  if (phone.hidden) return;
  setText(phone, stop.driver_phone);
  phone.href = `tel:${stop.driver_phone}`;
}

export const waitedFor = (sinceMs) => duration(Math.max(0, serverNowMs() - sinceMs) / 1000);

export const truckWords = ({ stop, lane }) => [stop?.plate, lane.name].filter(Boolean).join(", ");

export function whose(stop) {
  if (!stop) return [];
  return [stop.plate ? null : t("lane.card", { tag: stop.tag }), stop.driver_name, stop.order_no, stop.cargo].filter(Boolean);
}

// How much too heavy a truck is decides about it, so it is not left to mental arithmetic.
export function weightWords(stop) {
  if (!stop || stop.weight_kg === null) return "";
  const weight = `${kg(stop.weight_kg)}\u00a0kg`;
  const over = stop.gross_limit_kg === null ? 0 : stop.weight_kg - stop.gross_limit_kg;
  if (over <= 0) return weight;
  return t("held.over", { weight, limit: kg(stop.gross_limit_kg), over: kg(over) });
}
