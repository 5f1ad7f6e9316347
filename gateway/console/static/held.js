// A held truck, in the list of what needs a person: all that is known of it, and the decision.
import { send } from "./api.js";
import { fromTemplate, h, setText } from "./dom.js";
import { Decision } from "./decide.js";
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
    this.decision = decides ? new Decision(form, () => truckWords(this.held), onDecided) : null;
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
    this.showPhone(stop);
    setText(this.part(".load"), weightWords(stop));
    setText(this.part(".check"), [stop && plateSeen(stop), plateCheck(stop)].filter(Boolean).join(" · "));
    setText(this.part(".blocked"), blocked ?? "");
    if (this.decision === null) return;
    this.decision.form.hidden = open === null;
    this.decision.form.inert = blocked !== null;
    if (open !== null) this.decision.show(stop, stopId, open);
  }

  showPhone(stop) {
    const phone = this.part(".phone");
    phone.hidden = !stop?.driver_phone;
    if (phone.hidden) return;
    setText(phone, stop.driver_phone);
    phone.href = `tel:${stop.driver_phone}`;
  }
}

export const waitedFor = (sinceMs) => duration(Math.max(0, serverNowMs() - sinceMs) / 1000);

const truckWords = ({ stop, lane }) => [stop?.plate, lane.name].filter(Boolean).join(", ");

function whose(stop) {
  if (!stop) return [];
  return [stop.plate ? null : t("lane.card", { tag: stop.tag }), stop.driver_name, stop.order_no, stop.cargo].filter(Boolean);
}

// How much too heavy a truck is decides about it, so it is not left to mental arithmetic.
function weightWords(stop) {
  if (!stop || stop.weight_kg === null) return "";
  const weight = `${kg(stop.weight_kg)} kg`;
  const over = stop.gross_limit_kg === null ? 0 : stop.weight_kg - stop.gross_limit_kg;
  if (over <= 0) return weight;
  return t("held.over", { weight, limit: kg(stop.gross_limit_kg), over: kg(over) });
}

// It has left with its weight, but nothing was there to book it on.
export class UnbookedNotice {
  constructor(decides, onDecided) {
    this.title = h("b", { class: "title" });
    this.waited = h("span", { class: "for" });
    this.where = h("p", { class: "where" });
    this.answer = h("p", { class: "answer", role: "status" });
    this.element = fromTemplate("plain-notice");
    this.element.dataset.tone = "bad";
    this.element.append(this.title, this.waited, this.where, decides ? this.button(onDecided) : "", this.answer);
  }

  button(onDecided) {
    const button = h("button", { type: "button" }, t("attention.book"));
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await send("POST", `stops/${this.stop.stop_id}/booking`);
        setText(this.answer, t("attention.booked"));
      } catch (error) {
        setText(this.answer, error.message);
        button.disabled = false;
      }
      onDecided();
    });
    return h("p", { class: "do" }, button);
  }

  update({ stop, lane, sinceMs }) {
    this.stop = stop;
    this.element.id = `notice-${stop.stop_id}`;
    setText(this.title, t("attention.unbooked", { reason: reasonText(stop.reason) }));
    setText(this.waited, waitedFor(sinceMs));
    const truck = [lane.name, stop.plate, ...whose(stop), weightWords(stop)].filter(Boolean);
    setText(this.where, truck.join(" · "));
  }
}
