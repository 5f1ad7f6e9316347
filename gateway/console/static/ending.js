// Ends a stop of which its lane will tell no more, so that its truck may be weighed elsewhere.
import { send, Unreachable } from "./api.js";
import { fromTemplate, setText } from "./dom.js";
import { findDecision } from "./doubt.js";
import { folded } from "./folded.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t } from "./texts.js";
import { toast } from "./toast.js";

const REASONS = ["seen_on_site", "agreed_by_phone"];

export class Ending {
  // `about` says in words which truck it is, `stopOf` which stop, `onDone` reads again what changed.
  constructor({ about, stopOf, onDone }) {
    const form = fromTemplate("end-form");
    this.form = form;
    this.about = about;
    this.stopOf = stopOf;
    this.onDone = onDone;
    this.fields = form.querySelector("fieldset");
    this.open = form.querySelector(".end-open");
    this.submit = form.querySelector("[type=submit]");
    form.reason.append(new Option(t("decide.choose"), ""), ...REASONS.map((one) => new Option(reasonText(one), one)));
    this.open.addEventListener("click", () => this.show(true));
    form.reason.addEventListener("change", () => (this.submit.disabled = !form.reason.value));
    folded(form, { onSubmit: () => this.end(), onFold: () => this.show(false) });
  }

  show(isOpen) {
    this.fields.hidden = !isOpen;
    this.open.hidden = isOpen;
    this.submit.disabled = true;
    this.say("");
    (isOpen ? this.form.reason : this.open).focus();
  }

  say(text) {
    setText(this.form.querySelector(".answer"), text);
  }

  async end() {
    const [stopId, reason, about] = [this.stopOf(), this.form.reason.value, this.about()];
    const attempt = { action: "end", reason, atMs: serverNowMs() };
    this.form.closest("li").focus({ preventScroll: true });
    this.submit.disabled = true;
    this.say(t("decide.sending"));
    try {
      await send("POST", `stops/${stopId}/end`, { reason });
      this.done(stopId, about);
    } catch (error) {
      if (error instanceof Unreachable) await this.findOut(stopId, attempt, about);
      else this.refused(stopId, about, error);
    }
    this.onDone();
  }

  done(stopId, about) {
    this.say(t("ending.done"));
    toast("good", `${about}: ${t("ending.done")}`, stopId);
  }

  refused(stopId, about, error) {
    const words = t("decide.failed", { reason: error.message });
    this.say(words);
    toast("bad", `${about}: ${words}`, stopId);
    this.submit.disabled = false;
  }

  async findOut(stopId, attempt, about) {
    this.say(t("decide.doubt"));
    const found = await findDecision(stopId, attempt, () => this.form.isConnected);
    if (found) this.done(stopId, about);
    if (found !== null) return;
    this.say(t("decide.not_arrived"));
    this.submit.disabled = false;
  }
}
