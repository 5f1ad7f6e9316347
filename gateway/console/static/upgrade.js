// A board that stays open for weeks would run the scripts of an older program: after an upgrade it is
// loaded anew, but not while somebody is deciding.
const BEGUN = "fieldset:not([hidden])";
let isReplaced = false;

// Asked when the stream begins again, since no upgrade leaves it standing. A server of another
// version does not know this script's address.
export async function lookForUpgrade() {
  try {
    const answer = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" });
    isReplaced ||= answer.status === 404;
  } catch {
    // Without a connection there is nothing newer to be had.
  }
}

export function loadIfReplaced() {
  if (isReplaced && document.querySelector(BEGUN) === null) location.reload();
}
