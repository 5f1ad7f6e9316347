// One stream per page: lane states as they are, hints about what to read again, and a beat that
// shows that the server lives. A frozen server and a link that is open at one end only send no beat.
import { get } from "./api.js";

const GRACE_MS = 3000;
const SILENT_MS = 12_000;
const LOOK_EVERY_MS = 500;
const LANE_EVENTS = ["lane", "lane_state"];
const HINTS = ["stop", "ticket", "alarm", "reread", "command_result"];

let aheadMs = 0;

// The server's clock, as of its last beat.
export const serverNowMs = () => Date.now() + aheadMs;

export function watch({ onLane, onHint, onLink, onAgain }) {
  let source = null;
  let wasOpen = false;
  let heardMs = performance.now();
  let lostMs = heardMs;

  const heard = () => {
    heardMs = performance.now();
    lostMs = null;
    onLink("live");
  };
  const open = () => {
    heardMs = performance.now();
    source = new EventSource("/api/v1/stream");
    source.addEventListener("beat", (event) => {
      aheadMs = JSON.parse(event.data).at_ms - Date.now();
      heard();
    });
    source.onopen = () => {
      if (wasOpen) onAgain();
      wasOpen = true;
    };
    // The server ends every stream now and then; the browser is back within the grace.
    source.onerror = () => {
      lostMs ??= performance.now();
      if (source.readyState === EventSource.CLOSED) setTimeout(openAgain, GRACE_MS);
    };
    for (const name of LANE_EVENTS) listen(name, onLane);
    for (const name of HINTS) listen(name, onHint);
  };
  const listen = (name, tell) => {
    source.addEventListener(name, (event) => {
      heard();
      tell(name, JSON.parse(event.data));
    });
  };
  // The server refused, so the browser has given up: perhaps the session is over.
  const openAgain = async () => {
    try {
      await get("sessions/current");
    } catch {
      setTimeout(openAgain, GRACE_MS);
      return;
    }
    open();
  };
  const look = () => {
    const nowMs = performance.now();
    if (nowMs - heardMs > SILENT_MS && source.readyState !== EventSource.CLOSED) {
      lostMs ??= heardMs;
      source.close();
      open();
    }
    if (lostMs !== null && nowMs - lostMs > GRACE_MS) onLink("down");
  };
  open();
  setInterval(look, LOOK_EVERY_MS);
}
