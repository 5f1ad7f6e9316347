// Lane cards: what the stream says is kept, and shown once per frame and once per second.
import { kg as kgText, duration, time } from "./format.js";
import { h, setShape, setText } from "./dom.js";
import { plateSeen } from "./plates.js";
import { deviceName, heldText, reasonText, t, tOr, language } from "./texts.js";
import { Trace } from "./trace.js";

const STALE_S = 5;
// A stop's record comes a moment after its state.
const BOOKED_WITHIN_S = 5;
const HELD = { held_at_entry: "admit", held_on_deck: "release" };
// state → [tone, shape, step that the truck has reached]
const LOOK = {
  starting: ["idle", "off", -1],
  idle: ["idle", "idle", 0],
  out_of_service: ["bad", "bad", -1],
  arrived: ["moving", "moving", 1],
  held_at_entry: ["held", "held", 1],
  card_asked: ["moving", "moving", 1],
  admitted: ["moving", "moving", 1],
  on_deck: ["moving", "moving", 2],
  weighed: ["weighed", "weighed", 3],
  held_on_deck: ["held", "held", 3],
  released: ["good", "good", 4],
  backing_out: ["bad", "bad", 3],
  turned_away: ["bad", "bad", 1],
};

export class Lane {
  constructor(card, onHeld) {
    this.card = card;
    this.name = card.getAttribute("aria-label");
    this.id = `${card.dataset.yard}/${card.dataset.lane}`;
    this.part = (selector) => card.querySelector(selector);
    this.trace = new Trace(this.part(".trace"), Number(card.dataset.max));
    this.onHeld = onHeld;
    this.toNotice = this.part(".held a").textContent;
    this.live = null;
    this.health = null;
    this.stop = null;
    this.turnedAway = null;
    this.isRead = false;
    this.beganMs = performance.now();
    this.seenMs = null;
    this.changed = false;
    this.shape = "off";
  }

  take(name, data, ageMs, nowMs) {
    this.changed = true;
    if (name === "lane_state") {
      this.health = data;
      this.drawDevices();
      return;
    }
    const before = this.live?.state;
    this.live = data;
    if (data.stop_id && data.stop_id !== this.turnedAway?.stop_id) this.turnedAway = null;
    this.seenMs = nowMs - ageMs;
    if (ageMs < 2000) this.trace.add(nowMs, data.weight_kg);
    if (data.state in HELD && before !== data.state) this.onHeld(this);
  }

  // The truck that the gateway has for this lane, however many came to others since.
  // Who was turned away last may still stand there, though the lane is idle again.
  book(stop, turnedAway) {
    this.stop = stop;
    this.turnedAway = turnedAway;
    this.isRead = true;
    this.changed = true;
  }

  get isOffline() {
    return this.health !== null && !this.health.online;
  }

  silentFor(nowMs) {
    return (nowMs - (this.seenMs ?? this.beganMs)) / 1000;
  }

  isFresh(nowMs) {
    return this.seenMs !== null && this.silentFor(nowMs) <= STALE_S && !this.isOffline;
  }

  // What lets the held truck go on; null while the lane waits for no decision.
  get awaits() {
    return (this.live?.stop_id && HELD[this.live.state]) || null;
  }

  // Whether the truck should be on record by now.
  get isBooked() {
    return this.isRead && this.live.state_for_s >= BOOKED_WITHIN_S;
  }

  get currentStop() {
    return this.live?.stop_id && this.stop?.stop_id === this.live.stop_id ? this.stop : null;
  }

  draw(nowMs) {
    if (this.changed) {
      this.changed = false;
      this.drawLive();
    }
    this.drawAge(nowMs);
    this.trace.draw(nowMs);
  }

  drawLive() {
    const live = this.live;
    if (live === null) return;
    const [tone, shape, step] = LOOK[live.state] ?? ["idle", "off", -1];
    this.card.dataset.tone = tone;
    this.shape = shape;
    setText(this.part(".kg"), kgText(live.weight_kg));
    this.part(".stable").hidden = !live.stable || live.weight_kg === null;
    setText(this.part(".said"), live.display[language] ?? "–");
    for (const item of this.card.querySelectorAll(".steps li")) {
      const place = Number(item.dataset.step);
      item.classList.toggle("done", place < step);
      item.classList.toggle("now", place === step);
      if (place === step) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    this.drawTruck();
    this.drawHeld();
  }

  drawTruck() {
    const stop = this.currentStop;
    setText(this.part(".plate"), stop?.plate ?? "");
    setText(this.part(".tag"), this.tagText(stop));
    const camera = this.part(".camera");
    const seen = stop && plateSeen(stop);
    camera.hidden = !seen;
    camera.dataset.agrees = stop?.plate_read === stop?.plate ? "yes" : "no";
    setText(camera, seen ?? "");
  }

  tagText(stop) {
    if (stop) return t("lane.card", { tag: stop.tag });
    if (!this.live.stop_id) return t("lane.no_truck");
    return t(this.isBooked ? "lane.truck_unknown" : "list.reading");
  }

  drawHeld() {
    const held = this.part(".held");
    const waits = this.awaits !== null;
    const refused = this.live.stop_id ? null : this.turnedAway;
    held.hidden = !waits && refused === null;
    if (held.hidden) return;
    held.dataset.tone = waits ? "held" : "bad";
    setText(held.querySelector(".why"), waits ? heldText(this.currentStop) : turnedAwayText(refused));
    const link = held.querySelector("a");
    link.href = waits ? `#notice-${this.live.stop_id}` : `#turned-${refused.stop_id}`;
    setText(link, waits ? this.toNotice : t("lane.to_details"));
  }

  drawDevices() {
    const list = this.part(".devices");
    const devices = Object.entries(this.health?.devices ?? {});
    list.hidden = devices.length === 0;
    const content = JSON.stringify(devices);
    if (content === this.devicesDrawn) return;
    this.devicesDrawn = content;
    list.replaceChildren(...devices.map(([name, device]) => h("li", {}, deviceDot(name, device))));
  }

  drawAge(nowMs) {
    const ageS = this.seenMs === null ? null : this.silentFor(nowMs);
    const fresh = this.isFresh(nowMs);
    this.card.dataset.fresh = fresh ? "yes" : "no";
    setText(this.part(".age"), this.ageText(ageS, fresh));
    setShape(this.part(".shape"), fresh ? this.shape : "off");
    setText(this.part(".state .for"), fresh ? duration(this.live.state_for_s + ageS) : "");
    setText(this.part(".state .word"), fresh ? tOr(`state.${this.live.state}`, this.live.state) : this.staleText(ageS));
  }

  ageText(ageS, fresh) {
    if (ageS === null) return "";
    return fresh ? `${ageS.toFixed(1)} s` : duration(ageS);
  }

  staleText(ageS) {
    if (this.isOffline) return t("state.offline");
    return t(ageS === null ? "state.waiting" : "state.silent");
  }
}

function turnedAwayText(stop) {
  const truck = stop.plate ?? t("lane.card", { tag: stop.tag });
  return t("lane.turned_away", { time: time(stop.arrived_at), truck, reason: reasonText(stop.reason) });
}

function deviceDot(name, device) {
  const words = t(device.ok ? "lane.device_ok" : "lane.device_bad", { name: deviceName(name) });
  // A device's own words are English.
  const title = device.detail && language === "en" ? `${words}: ${device.detail}` : words;
  return h("span", { role: "img", "aria-label": words, title, "data-ok": device.ok ? "yes" : "no" });
}
