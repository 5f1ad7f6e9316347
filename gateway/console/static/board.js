// The board: wires the stream to the cards and the lists. Everything shown can be read again.
import { get } from "./api.js";
import { refreshAttention } from "./attention.js";
import { setText } from "./dom.js";
import { Lane } from "./lanes.js";
import { soon, watch } from "./stream.js";
import { loadTexts, t, tOr } from "./texts.js";
import { refreshTickets } from "./tickets.js";
import { refreshToday } from "./today.js";

const decides = document.querySelector(".board").dataset.decides === "yes";
const title = document.title;
const lanes = new Map();
const yards = new Map();

function announce(lane) {
  const state = tOr(`state.${lane.live.state}`, lane.live.state);
  setText(document.getElementById("announcer"), `${laneName(...lane.id.split("/"))}: ${state}`);
}

function laneName(yard, lane) {
  return lanes.get(`${yard}/${lane}`)?.card.getAttribute("aria-label") ?? `${yard} ${lane}`;
}

const yardName = (yard) => yards.get(yard) ?? yard;

async function refreshStops() {
  const page = await get("stops?limit=40");
  const latest = new Map();
  for (const stop of page.items) {
    const id = `${stop.yard_id}/${stop.lane_id}`;
    if (!latest.has(id)) latest.set(id, stop);
  }
  for (const [id, stop] of latest) {
    const lane = lanes.get(id);
    if (!lane) continue;
    lane.stop = stop;
    lane.changed = true;
  }
}

async function refreshNotices() {
  const waiting = await refreshAttention(decides, laneName);
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

function onLink(state) {
  const link = document.getElementById("link");
  link.dataset.state = state;
  setText(link.querySelector("span"), t(`link.${state}`));
  if (state !== "connecting") document.getElementById("banner").hidden = state === "live";
}

function start() {
  for (const card of document.querySelectorAll(".lane")) {
    const lane = new Lane(card, decides, announce);
    lanes.set(lane.id, lane);
    yards.set(card.dataset.yard, card.closest(".yard").getAttribute("aria-label"));
  }
  const reread = {
    stops: soon(refreshStops, 150),
    notices: soon(refreshNotices, 300),
    tickets: soon(() => refreshTickets(yardName), 300),
    today: soon(refreshToday, 1500),
  };
  const wanted = {
    stop: ["stops", "notices", "today"],
    ticket: ["tickets", "today"],
    alarm: ["notices"],
    reread: ["stops", "notices", "tickets", "today"],
  };
  watch({
    onLink,
    onHint: (name, data) => {
      if (name === "command_result") return onResult(data);
      for (const list of wanted[name]) reread[list]();
    },
    onLane: (name, data) => {
      const lane = lanes.get(`${data.yard}/${data.lane}`);
      if (lane) lane.take(name, data, data.age_ms ?? 0, performance.now());
    },
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const list of wanted.reread) reread[list]();
  });
  setInterval(() => drawAll(), 250);
  requestAnimationFrame(drawAll);
}

function onResult(data) {
  lanes.get(`${data.yard}/${data.lane}`)?.decision?.result(data.command_id, data.outcome);
}

function drawAll() {
  if (document.hidden) return;
  const now = performance.now();
  for (const lane of lanes.values()) lane.draw(now);
}

await loadTexts();
start();
