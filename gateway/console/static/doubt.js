// No answer came to a decision. Whether it arrived is read, never guessed, and it is never sent again
// without a person: by then something else may stand before the barrier.
import { get } from "./api.js";

const ASK_AGAIN_MS = 3000;
const CLOCKS_DIFFER_MS = 10_000;

const user = document.querySelector(".account .user").textContent;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Returns this person's own decision about a stop as the server kept it, null if there is none, and
// nothing once `isCurrent` is false.
export async function findDecision(stopId, attempt, isCurrent) {
  const page = await readUntil(`decisions?stop_id=${stopId}`, isCurrent);
  return page && (page.items.find((one) => isOf(attempt, one)) ?? null);
}

// Reads until there is an answer, or until nobody wants it any more.
export async function readUntil(path, isCurrent) {
  while (isCurrent()) {
    try {
      return await get(path);
    } catch {
      await pause(ASK_AGAIN_MS);
    }
  }
  return undefined;
}

function isOf(attempt, decision) {
  const isLater = Date.parse(decision.decided_at) > attempt.atMs - CLOCKS_DIFFER_MS;
  const isMine = decision.username === user && decision.action === attempt.action;
  return isLater && isMine && (attempt.reason === undefined || decision.reason === attempt.reason);
}
