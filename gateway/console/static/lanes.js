// Lane cards: what the stream says is kept, and shown once per frame and once per second.
import { kg as kgText, duration } from "./format.js";
import { setText } from "./dom.js";
import { plateSeen } from "./plates.js";
import { deviceName, t, tOr, language } from "./texts.js";
import { Trace } from "./trace.js";
import { Decision } from "./decide.js";

const STALE_S = 5;
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
  constructor(card, decides, onHeld) {
    this.card = card;
    this.id = `${card.dataset.yard}/${card.dataset.lane}`;
    this.part = (selector) => card.querySelector(selector);
    this.trace = new Trace(this.part(".trace"), Number(card.dataset.max));
    this.decision = decides ? new Decision(this.part(".decide")) : null;
    this.onHeld = onHeld;
    this.live = null;
    this.health = null;
    this.stop = null;
    this.seenMs = null;
    this.changed = false;
    this.shape = "off";
  }

  take(name, data, ageMs, nowMs) {
    this.changed = true;
    if (name === "lane_state") {
      this.health = data;
      return;
    }
    const before = this.live?.state;
    this.live = data;
    this.seenMs = nowMs - ageMs;
    if (ageMs < 2000) this.trace.add(nowMs, data.weight_kg);
    if (data.state in HELD && before !== data.state) this.onHeld(this);
  }

  get offline() {
    return this.health !== null && !this.health.online;
  }

  draw(nowMs) {
    if (this.changed) {
      this.changed = false;
      this.drawLive();
      this.drawDevices();
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
    this.decision?.show(live.state in HELD ? live : null, HELD[live.state], this.stop);
  }

  drawTruck() {
    const stop = this.live?.stop_id && this.stop?.stop_id === this.live.stop_id ? this.stop : null;
    setText(this.part(".plate"), stop?.plate ?? "");
    setText(this.part(".tag"), stop ? t("lane.card", { tag: stop.tag }) : t("lane.no_truck"));
    const camera = this.part(".camera");
    const seen = stop && plateSeen(stop);
    camera.hidden = !seen;
    camera.dataset.agrees = stop?.plate_read === stop?.plate ? "yes" : "no";
    setText(camera, seen ?? "");
  }

  drawDevices() {
    const list = this.part(".devices");
    const devices = Object.entries(this.health?.devices ?? {});
    list.replaceChildren(
      ...devices.map(([name, device]) => {
        const item = document.createElement("li");
        const words = t(device.ok ? "lane.device_ok" : "lane.device_bad", { name: deviceName(name) });
        item.dataset.ok = device.ok ? "yes" : "no";
        item.title = device.detail ? `${words}: ${device.detail}` : words;
        item.setAttribute("role", "img");
        item.setAttribute("aria-label", words);
        return item;
      }),
    );
    list.hidden = devices.length === 0;
  }

  drawAge(nowMs) {
    const ageS = this.seenMs === null ? null : (nowMs - this.seenMs) / 1000;
    const fresh = ageS !== null && ageS <= STALE_S && !this.offline;
    this.card.dataset.fresh = fresh ? "yes" : "no";
    setText(this.part(".age"), this.ageText(ageS, fresh));
    // No decision on old data.
    if (this.decision) this.decision.form.inert = !fresh;
    this.part(".shape use").setAttribute("href", `/static/shapes.svg#${fresh ? this.shape : "off"}`);
    setText(this.part(".state .for"), fresh ? duration(this.live.state_for_s + ageS) : "");
    setText(this.part(".state .word"), fresh ? tOr(`state.${this.live.state}`, this.live.state) : this.staleText(ageS));
  }

  ageText(ageS, fresh) {
    if (ageS === null) return "";
    return fresh ? `${ageS.toFixed(1)} s` : duration(ageS);
  }

  staleText(ageS) {
    if (this.offline) return t("state.offline");
    return t(ageS === null ? "state.waiting" : "state.silent");
  }
}
