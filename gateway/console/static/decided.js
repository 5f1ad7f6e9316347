// Who decided what today, and whether the lane has done it.
import { byId, h, keyed, shape } from "./dom.js";
import { kg, time } from "./format.js";
import { outcomeOf } from "./outcomes.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t, tOr } from "./texts.js";

// A command that the lane has not obeyed by then is out of date.
const OUT_OF_DATE_MS = 60_000;

export async function readDecided(laneName, getAll) {
  const page = await getAll("decisions?today=true&limit=50");
  const rows = page.items.map((one) => ({ ...one, fate: fateOf(one) }));
  keyed(byId("decided-list"), rows, (one) => one.id, (one) => row(one, laneName));
  byId("decided-none").hidden = rows.length > 0;
  byId("decided-unread").hidden = !page.more;
  return [page];
}

function fateOf(decision) {
  if (decision.is_done || outcomeOf(decision.id) === "done") return "done";
  if (outcomeOf(decision.id)) return outcomeOf(decision.id);
  const ageMs = serverNowMs() - Date.parse(decision.decided_at);
  return ageMs < OUT_OF_DATE_MS ? "waiting" : "unknown";
}

const SHAPES = { done: ["good", "good"], waiting: ["moving", "moving"], unknown: ["idle", "off"] };

function row(decision, laneName) {
  const [tone, shapeName] = SHAPES[decision.fate] ?? ["bad", "bad"];
  const truck = [decision.plate ?? t("lane.card", { tag: decision.tag }), laneName(decision.yard_id, decision.lane_id)];
  if (decision.weight_kg !== null) truck.push(`${kg(decision.weight_kg)}\u00a0kg`);
  const why = decision.reason ? ` · ${reasonText(decision.reason)}` : "";
  return h(
    "li",
    { class: "notice", "data-tone": tone },
    shape(shapeName),
    h("b", {}, tOr(`decided.${decision.action}`, decision.action)),
    h("time", { datetime: decision.decided_at }, time(decision.decided_at)),
    h("p", { class: "where" }, truck.join(" · ")),
    h("p", { class: "where" }, `${decision.username}${why} · ${t(`fate.${decision.fate}`)}`),
  );
}
