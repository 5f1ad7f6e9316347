// One stream per page: lane states as they are, hints about what to read again.
import { get } from "./api.js";

const GRACE_MS = 3000;
const LANE_EVENTS = ["lane", "lane_state"];
const HINTS = ["stop", "ticket", "alarm", "reread", "command_result"];

export function watch({ onLane, onHint, onLink }) {
  const source = new EventSource("/api/v1/stream");
  let grace = null;
  source.onopen = () => {
    clearTimeout(grace);
    grace = null;
    onLink("live");
  };
  source.onerror = () => {
    // The server ends every stream now and then; the browser is back within the grace.
    onLink("connecting");
    grace ??= setTimeout(() => onLink("down"), GRACE_MS);
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(grace);
      onLink("down");
      setTimeout(() => startAgain({ onLane, onHint, onLink }), GRACE_MS);
    }
  };
  for (const name of LANE_EVENTS) {
    source.addEventListener(name, (event) => onLane(name, JSON.parse(event.data)));
  }
  for (const name of HINTS) {
    source.addEventListener(name, (event) => onHint(name, JSON.parse(event.data)));
  }
}

// The server refused, so the browser has given up: perhaps the session is over.
async function startAgain(handlers) {
  try {
    await get("sessions/current");
  } catch {
    setTimeout(() => startAgain(handlers), GRACE_MS);
    return;
  }
  watch(handlers);
}

// Runs `task` soon after a hint, once for many hints, and never twice at the same time.
export function soon(task, pauseMs) {
  let waiting = false;
  let running = false;
  let again = false;
  const run = async () => {
    waiting = false;
    running = true;
    try {
      await task();
    } catch (error) {
      console.warn("could not read again", error.message);
      again = true;
    }
    running = false;
    if (again) {
      again = false;
      ask(5 * pauseMs);
    }
  };
  const ask = (afterMs = pauseMs) => {
    if (running) again = true;
    else if (!waiting) {
      waiting = true;
      setTimeout(run, afterMs);
    }
  };
  return () => ask();
}
