// A held truck: two choices, a reason, a consequence in words, and what the lane answered.
import { newKey, send } from "./api.js";
import { setText } from "./dom.js";
import { plateCheck } from "./plates.js";
import { reasonText, t, tOr } from "./texts.js";

const ANSWER_WAIT_MS = 30_000;
const OVERRULES = ["papers_checked", "agreed_by_phone", "seen_on_site", "order_corrected"];

export class Decision {
  constructor(form) {
    this.form = form;
    this.confirm = form.querySelector(".confirm");
    this.submit = form.querySelector("[type=submit]");
    this.answer = form.querySelector(".answer");
    this.stopId = null;
    this.action = null;
    this.sent = null;
    form.querySelector(".choices").addEventListener("click", (event) => this.choose(event));
    form.reason.addEventListener("change", () => (this.submit.disabled = !form.reason.value));
    form.addEventListener("reset", () => this.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.decide();
    });
  }

  // Called with every update of the lane; only a change of the stop or its turn redraws anything.
  show(live, open, stop) {
    const turn = live && `${live.stop_id} ${live.state}`;
    if (turn === this.turn) {
      if (live) this.showWhy(stop);
      return;
    }
    this.turn = turn;
    this.close();
    setText(this.answer, "");
    this.form.hidden = live === null;
    if (live === null) return;
    this.stopId = live.stop_id;
    this.stop = stop;
    this.open = open;
    setText(this.form.querySelector("[data-action=open]"), t(`decide.${open}`));
    this.showWhy(stop);
  }

  showWhy(stop) {
    this.stop = stop;
    const own = stop?.stop_id === this.stopId ? stop : null;
    setText(this.form.querySelector(".why"), reasonText(own?.reason));
    setText(this.form.querySelector(".check"), plateCheck(own) ?? "");
  }

  choose(event) {
    const button = event.target.closest("button");
    if (!button) return;
    this.action = button.dataset.action === "open" ? this.open : "refuse";
    for (const other of this.form.querySelectorAll(".choices button")) {
      other.setAttribute("aria-expanded", String(other === button));
    }
    setText(this.form.querySelector(".consequence"), t(`decide.${this.action}_means`));
    this.offerReasons();
    setText(this.submit, t("decide.confirm_action", { action: t(`decide.${this.action}`) }));
    this.submit.className = this.action === "refuse" ? "danger" : "primary";
    this.confirm.hidden = false;
    this.form.reason.focus();
  }

  // A refusal's reason is shown to the driver, so it is one that the display has words for.
  offerReasons() {
    const own = this.stop?.stop_id === this.stopId ? this.stop.reason : null;
    const refusals = [own, "dispatcher"].filter((reason) => reason && !OVERRULES.includes(reason));
    const reasons = this.action === "refuse" ? [...new Set(refusals)] : OVERRULES;
    const options = reasons.map((reason) => new Option(reasonText(reason), reason));
    this.form.reason.replaceChildren(new Option(t("decide.choose"), ""), ...options);
    this.submit.disabled = true;
  }

  close() {
    this.confirm.hidden = true;
    this.form.reason.value = "";
    this.submit.disabled = true;
    for (const button of this.form.querySelectorAll(".choices button")) {
      button.setAttribute("aria-expanded", "false");
      button.disabled = false;
    }
  }

  async decide() {
    const turn = this.turn;
    this.submit.disabled = true;
    setText(this.answer, t("decide.sending"));
    try {
      const body = { action: this.action, reason: this.form.reason.value };
      this.sent = await send("POST", `stops/${this.stopId}/commands`, body, newKey());
    } catch (error) {
      setText(this.answer, t("decide.failed", { reason: error.message }));
      this.submit.disabled = false;
      return;
    }
    if (turn !== this.turn) return;
    this.close();
    setText(this.answer, t("decide.sent"));
    setTimeout(() => turn === this.turn && setText(this.answer, t("decide.no_answer")), ANSWER_WAIT_MS);
  }

  // The lane's own answer to a command.
  result(commandId, outcome) {
    if (this.sent?.command_id === commandId) setText(this.answer, tOr(`decide.outcome.${outcome}`, outcome));
  }
}
