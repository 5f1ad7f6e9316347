// The board: wires the stream to the cards and the lists. Everything shown can be read again.
import { get, getAll } from "./api.js";
import { Attention } from "./attention.js";
import { readDecided } from "./decided.js";
import { byId, setText } from "./dom.js";
import { Lane } from "./lanes.js";
import { List } from "./list.js";
import { laneAnswered } from "./outcomes.js";
import { watch } from "./stream.js";
import { t, tOr } from "./texts.js";
import { readTickets } from "./tickets.js";
import { readToday } from "./today.js";
import { readTurnedAway } from "./turned_away.js";
import { loadIfReplaced, lookForUpgrade } from "./upgrade.js";

const DRAW_EVERY_MS = 250;
// Hints may be lost on the way: no list is ever older than this.
const READ_EVERY_MS = 30_000;

const decides = byId("main").dataset.decides === "yes";
const title = document.title;
const lanes = new Map();
let link = "connecting";

function announce(lane) {
  setText(byId("announcer"), `${lane.name}: ${tOr(`state.${lane.live.state}`, lane.live.state)}`);
}

async function readLanes() {
  const now = await get("lanes/current");
  for (const { yard_id, lane_id, stop, turned_away } of now.items) lanes.get(`${yard_id}/${lane_id}`)?.book(stop, turned_away);
  return [now];
}

function onLink(state) {
  if (state === link) return;
  link = state;
  const pill = byId("link");
  pill.dataset.state = state;
  setText(pill.querySelector("span"), t(`link.${state}`));
  byId("banner").hidden = state === "live";
}

function start() {
  for (const card of document.querySelectorAll(".lane")) {
    const lane = new Lane(card, announce);
    lanes.set(lane.id, lane);
  }
  const attention = new Attention(lanes, decides, () => readAgain("lanes", "attention", "decided"));
  const lists = {
    lanes: new List(byId("lanes"), readLanes, 150),
    attention: new List(byId("attention"), () => attention.read(), 300),
    turnedAway: new List(byId("turned"), () => readTurnedAway(), 300),
    decided: new List(byId("decided"), () => readDecided(getAll), 300),
    tickets: new List(byId("latest"), () => readTickets(), 300),
    today: new List(byId("today"), readToday, 1500),
  };
  const everything = Object.keys(lists);
  const wanted = {
    stop: ["lanes", "attention", "turnedAway", "decided", "today"],
    ticket: ["tickets", "today"],
    alarm: ["attention", "decided"],
    reread: everything,
    command_result: ["lanes", "decided"],
  };
  const readAgain = (...names) => names.forEach((name) => lists[name].soon());
  watch({
    onLink,
    onAgain: lookForUpgrade,
    onHint: (name, data) => {
      if (name === "command_result") laneAnswered(data.command_id, data.outcome);
      readAgain(...wanted[name]);
    },
    onLane: (name, data) => {
      lanes.get(`${data.yard}/${data.lane}`)?.take(name, data, data.age_ms ?? 0, performance.now());
    },
  });
  const draw = () => {
    const nowMs = performance.now();
    if (!document.hidden) for (const lane of lanes.values()) lane.draw(nowMs);
    // Even where nobody looks: the window's title says how many wait.
    const waiting = attention.draw(nowMs, link);
    loadIfReplaced();
    document.title = waiting ? `(${waiting}) ${title}` : title;
  };
  everything.forEach((name) => lists[name].soon(0));
  setInterval(() => document.hidden || readAgain(...everything), READ_EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || readAgain(...everything));
  setInterval(draw, DRAW_EVERY_MS);
  draw();
}

start();
