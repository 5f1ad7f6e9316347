// Asks where the money is until that is final: often at first, then seldom, and not for ever.
const OFTEN_MS = 2000;
const SELDOM_MS = 15_000;
const OFTEN_FOR_MS = 120_000;
const ALL_MS = 3_600_000;

const state = document.getElementById("state");
const began = Date.now();
const address = `${location.pathname}/state${location.search}`;

async function ask() {
  if (document.hidden) return wait();
  try {
    const answer = await fetch(address);
    if (answer.status === 403) return;
    show(await answer.json());
  } catch {
    // No connection on the road: the next question comes by itself.
  }
  if (state.dataset.final !== "yes") wait();
}

function show(news) {
  // The price has just become known: the whole page has more to tell.
  if (news.priced && state.dataset.priced === "no") return location.reload();
  state.dataset.tone = news.tone;
  state.dataset.final = news.final ? "yes" : "no";
  for (const part of ["words", "detail"]) {
    const element = state.querySelector(`.${part}`);
    if (element.textContent !== news[part]) element.textContent = news[part];
  }
}

function wait() {
  const age = Date.now() - began;
  if (age < ALL_MS) setTimeout(ask, age < OFTEN_FOR_MS ? OFTEN_MS : SELDOM_MS);
}

document.getElementById("print").addEventListener("click", () => print());
if (state.dataset.final !== "yes") wait();
