// Decides about a held truck: two choices, a reason, what follows in words, and what became of it.
import { newKey, send, Unreachable } from "./api.js";
import { setText } from "./dom.js";
import { findDecision } from "./doubt.js";
import { folded } from "./folded.js";
import { whenAnswered } from "./outcomes.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t, tOr } from "./texts.js";
import { toast } from "./toast.js";

const ANSWER_WAIT_MS = 30_000;
const OVERRULES = ["papers_checked", "agreed_by_phone", "seen_on_site", "order_corrected"];

export class Decision {
  // `about` says in words which truck it is, `onDecided` reads again what may have changed.
  constructor(form, about, onDecided) {
    this.form = form;
    this.about = about;
    this.onDecided = onDecided;
    this.confirm = form.querySelector(".confirm");
    this.submit = form.querySelector("[type=submit]");
    this.answer = form.querySelector(".answer");
    this.turn = null;
    this.attempt = null;
    form.querySelector(".choices").addEventListener("click", (event) => this.choose(event));
    form.reason.addEventListener("change", () => (this.submit.disabled = !form.reason.value));
    folded(form, { onSubmit: () => this.decide(), onFold: () => this.cancel() });
  }

  // Called often. What was begun about one truck in one state is forgotten with it.
  show(stop, stopId, open) {
    this.stop = stop;
    const turn = `${stopId} ${open}`;
    if (turn === this.turn) return;
    this.turn = turn;
    this.stopId = stopId;
    this.open = open;
    this.attempt = null;
    this.close();
    this.say("");
    setText(this.form.querySelector("[data-action=open]"), t(`decide.${open}`));
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
    this.say("");
    this.form.reason.focus();
  }

  // A refusal's reason is shown to the driver, so it is one that the display has words for.
  offerReasons() {
    const refusals = [this.stop?.reason, "dispatcher"].filter((one) => one && !OVERRULES.includes(one));
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
    }
  }

  cancel() {
    const chosen = this.form.querySelector(".choices [aria-expanded=true]");
    this.close();
    chosen?.focus();
  }

  say(text) {
    setText(this.answer, text);
  }

  async decide() {
    const turn = this.turn;
    const body = { action: this.action, reason: this.form.reason.value };
    const what = { action: t(`decide.${this.action}`), truck: this.about() };
    this.attempt = this.sameAttempt(body) ?? { ...body, what, key: newKey(), atMs: serverNowMs() };
    const attempt = this.attempt;
    // A disabled button would lose the focus to nowhere.
    this.form.closest("li").focus({ preventScroll: true });
    this.submit.disabled = true;
    this.say(t("decide.sending"));
    try {
      const sent = await send("POST", `stops/${this.stopId}/commands`, body, { key: attempt.key });
      this.took(turn, attempt, sent.command_id);
    } catch (error) {
      if (error instanceof Unreachable) await this.findOut(turn, attempt);
      else this.refused(turn, error);
    }
    this.onDecided();
  }

  // Pressing again after a doubt repeats the same command: the server does it once.
  sameAttempt({ action, reason }) {
    const before = this.attempt;
    return before?.action === action && before.reason === reason ? before : null;
  }

  refused(turn, error) {
    if (turn !== this.turn) return;
    this.attempt = null;
    this.say(t("decide.failed", { reason: error.message }));
    this.submit.disabled = false;
  }

  async findOut(turn, attempt) {
    this.say(t("decide.doubt"));
    const found = await findDecision(this.stopId, attempt, () => turn === this.turn);
    if (found) this.took(turn, attempt, found.id);
    if (found !== null || turn !== this.turn) return;
    this.say(t("decide.not_arrived"));
    this.submit.disabled = false;
  }

  took(turn, { what }, commandId) {
    toast("moving", t("decide.sent_about", what), commandId);
    whenAnswered(commandId, (outcome) => {
      const words = tOr(`decide.outcome.${outcome}`, outcome);
      toast(outcome === "done" ? "good" : "bad", `${t("decide.about", what)} ${words}`, commandId);
      if (turn === this.turn) this.say(words);
      this.onDecided();
    });
    if (turn !== this.turn) return;
    this.attempt = null;
    this.close();
    this.say(t("decide.sent"));
    setTimeout(() => {
      const silent = turn === this.turn && this.answer.textContent === t("decide.sent");
      if (silent) this.say(t("decide.no_answer"));
    }, ANSWER_WAIT_MS);
  }
}
