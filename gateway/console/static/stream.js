// One stream per page: lane states as they are, hints about what to read again.
const LANE_EVENTS = ["lane", "lane_state"];
const HINTS = ["stop", "ticket", "alarm", "reread", "command_result"];

export function watch({ onLane, onHint, onLink }) {
  const source = new EventSource("/api/v1/stream");
  source.onopen = () => onLink("live");
  source.onerror = () => {
    onLink("down");
    // The browser tries again by itself unless the server refused for good.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => watch({ onLane, onHint, onLink }), 3000);
    }
  };
  for (const name of LANE_EVENTS) {
    source.addEventListener(name, (event) => onLane(name, JSON.parse(event.data)));
  }
  for (const name of HINTS) {
    source.addEventListener(name, (event) => onHint(name, JSON.parse(event.data)));
  }
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
