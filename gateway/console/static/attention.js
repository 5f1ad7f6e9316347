// What needs a person, in the order in which to do it: what blocks first, what waits longest first.
import { getAll } from "./api.js";
import { AlarmNotice } from "./alarms.js";
import { arrange, byId, fromTemplate, setText } from "./dom.js";
import { HeldNotice, waitedFor } from "./held.js";
import { placeName } from "./places.js";
import { serverNowMs } from "./stream.js";
import { t } from "./texts.js";
import { UnbookedNotice } from "./unbooked.js";

const SHOWN_MAX = 40;
const SILENT_AFTER_S = 10;
// Before what waits, what is wrong; a lane before money, since behind it the yard stands.
const FIRST = { held: 0, critical: 1, lane: 2, money: 3, major: 4, minor: 5 };

export class Attention {
  constructor(lanes, decides, onDecided) {
    this.lanes = lanes;
    this.notices = new Map();
    this.held = null;
    this.alarms = null;
    this.isOld = false;
    this.showsAll = false;
    this.isSought = location.hash.startsWith("#notice-");
    const [Held, Unbooked, Alarm] = [HeldNotice, UnbookedNotice, AlarmNotice];
    this.makes = {
      held: () => new Held(decides, onDecided),
      unbooked: () => new Unbooked(decides, onDecided),
      alarm: () => new Alarm(decides, onDecided),
      silent: () => new SilentNotice(),
    };
    byId("attention-more").addEventListener("click", () => (this.showsAll = true));
  }

  // What could not be read again says nothing of now.
  async read() {
    try {
      [this.held, this.alarms] = await Promise.all([
        getAll("stops?state=held&limit=200"),
        getAll("alarms?open=true&limit=200"),
      ]);
      this.isOld = false;
    } catch (error) {
      this.isOld = true;
      throw error;
    }
    return [this.held, this.alarms];
  }

  // Returns how many things wait, null as long as that is not known.
  draw(nowMs, link) {
    const entries = this.entries(nowMs, link).sort((a, b) => FIRST[a.rank] - FIRST[b.rank] || a.sinceMs - b.sinceMs);
    const shown = this.showsAll ? entries : entries.slice(0, SHOWN_MAX);
    this.place(shown);
    const isRead = this.held !== null && this.alarms !== null;
    const unread = isRead && (this.held.more || this.alarms.more);
    const hidden = entries.length - shown.length;
    const more = byId("attention-more");
    more.hidden = hidden === 0;
    setText(more, t("attention.more", { n: hidden }));
    byId("attention-unread").hidden = !unread;
    const count = byId("attention-count");
    count.hidden = entries.length === 0;
    setText(count, unread ? `${entries.length}+` : String(entries.length));
    this.drawCalm(isRead, entries.length, nowMs, link);
    return isRead ? entries.length : null;
  }

  // All is well only where everything was read, is heard, and nothing waits.
  drawCalm(isRead, waiting, nowMs, link) {
    const fresh = [...this.lanes.values()].every((lane) => lane.isFresh(nowMs));
    const known = isRead && !this.isOld && link === "live" && this.lanes.size > 0;
    byId("calm").hidden = !(known && fresh && waiting === 0);
    byId("unsure").hidden = !(isRead && waiting === 0 && this.lanes.size > 0 && !(known && fresh));
  }

  place(shown) {
    const had = byId("notices").contains(document.activeElement);
    const elements = shown.map((entry) => {
      const key = `${entry.kind} ${entry.key}`;
      const notice = this.notices.get(key) ?? this.makes[entry.kind]();
      this.notices.set(key, notice);
      notice.update(entry);
      return notice.element;
    });
    arrange(byId("notices"), elements);
    this.seek();
    const kept = new Set(elements);
    for (const [key, notice] of this.notices) if (!kept.has(notice.element)) this.notices.delete(key);
    // What had the focus is done and gone: the next thing to do is near, not the top of the page.
    if (had && document.activeElement === document.body) byId("attention-title").focus({ preventScroll: true });
  }

  // Back from the login, to what somebody was about to decide.
  seek() {
    const wanted = this.isSought && document.getElementById(location.hash.slice(1));
    if (!wanted) return;
    this.isSought = false;
    wanted.scrollIntoView();
    wanted.focus();
  }

  entries(nowMs, link) {
    const atLanes = [...this.lanes.values()].flatMap((lane) => heldAt(lane, nowMs));
    const known = new Set(atLanes.map((entry) => entry.key));
    const others = (this.held?.items ?? []).filter((stop) => !known.has(stop.stop_id)).map((stop) => this.heldEntry(stop, nowMs));
    const held = [...atLanes, ...others];
    const named = new Set(held.map((entry) => entry.key));
    const alarms = (this.alarms?.items ?? []).filter((alarm) => !named.has(alarm.subject));
    const silent = new Set(alarms.filter((alarm) => alarm.kind === "lane_silent").map(placeOf));
    // Without a connection it is this page that hears nothing, and the banner says so.
    const heard = link === "live" ? [...this.lanes.values()].filter((lane) => !silent.has(lane.id)) : [];
    return [
      ...held,
      ...alarms.map((alarm) => this.alarmEntry(alarm)),
      ...heard.flatMap((lane) => silentEntry(lane, nowMs)),
    ];
  }

  // Held by the gateway's books, though its lane does not say that it waits.
  heldEntry(stop, nowMs) {
    const lane = this.lanes.get(placeOf(stop)) ?? nowhere(stop);
    const entry = { key: stop.stop_id, stop, stopId: stop.stop_id, lane, open: null };
    // Records that are on their way may explain it: then nobody has to.
    const rank = stop.reason === "awaiting_records" ? "minor" : "money";
    if (stop.released_at) return { ...entry, kind: "unbooked", rank, sinceMs: Date.parse(stop.released_at) };
    const isHeard = lane.isFresh(nowMs);
    const isForgotten = isHeard || lane.silentFor(nowMs) > SILENT_AFTER_S;
    const blocked = t(isHeard ? "held.not_there" : "held.lane_unheard");
    // Where its lane is heard and does not wait, nothing stands still because of it.
    return { ...entry, kind: "held", rank: isHeard ? "money" : "held", sinceMs: since(stop), blocked, isForgotten };
  }

  alarmEntry(alarm) {
    const rank = alarm.severity === "critical" ? "critical" : (alarm.blocks ?? alarm.severity ?? "major");
    return { kind: "alarm", key: alarm.id, rank, alarm, sinceMs: Date.parse(alarm.first_at) };
  }
}

const placeOf = (one) => `${one.yard_id}/${one.lane_id}`;
const nowhere = (one) => ({ name: placeName(one.yard_id, one.lane_id), card: { id: "lanes" }, isFresh: () => false, silentFor: () => Infinity });
const since = (stop) => Date.parse(stop.weighed_at ?? stop.arrived_at);

function heldAt(lane, nowMs) {
  const open = lane.awaits;
  if (open === null) return [];
  const stop = lane.currentStop;
  const sinceMs = stop ? since(stop) : serverNowMs() - lane.live.state_for_s * 1000 - (nowMs - lane.seenMs);
  const blocked = whyNot(lane, stop, nowMs);
  return [{ kind: "held", key: lane.live.stop_id, rank: "held", stop, stopId: lane.live.stop_id, lane, open, sinceMs, blocked }];
}

// Nobody decides on old data, nor about a truck that he cannot see.
function whyNot(lane, stop, nowMs) {
  if (!lane.isFresh(nowMs)) return t("held.lane_unheard");
  if (stop) return null;
  return t(lane.isBooked ? "held.no_record" : "list.reading");
}

function silentEntry(lane, nowMs) {
  const silentS = lane.silentFor(nowMs);
  if (silentS < SILENT_AFTER_S && !lane.isOffline) return [];
  const sinceMs = serverNowMs() - silentS * 1000;
  return [{ kind: "silent", key: lane.id, rank: "lane", lane, sinceMs: Math.round(sinceMs / 60_000) * 60_000, silentS }];
}

// Seen by this page alone, before the server's own alarm: nothing fresh comes from a lane.
class SilentNotice {
  constructor() {
    this.element = fromTemplate("silent-notice");
  }

  update({ lane, silentS }) {
    const part = (selector) => this.element.querySelector(selector);
    setText(part(".title"), t(lane.isOffline ? "silent.offline" : "silent.title"));
    setText(part(".where"), lane.name);
    setText(part(".for"), lane.seenMs === null ? "" : waitedFor(serverNowMs() - silentS * 1000));
    part(".to-lane").href = `#${lane.card.id}`;
  }
}
