// An alarm, in the list of what needs a person: what it is, what to do, and closing it by hand.
import { newKey, send } from "./api.js";
import { fromTemplate, setShape, setText } from "./dom.js";
import { waitedFor } from "./held.js";
import { deviceName, isReason, reasonText, t, tOr } from "./texts.js";

const LOOK = { critical: ["bad", "bad"], major: ["bad", "alarm"], minor: ["idle", "alarm"] };

export class AlarmNotice {
  constructor(decides, onClosed) {
    this.element = fromTemplate("alarm-notice");
    this.part = (selector) => this.element.querySelector(selector);
    this.onClosed = onClosed;
    this.form = this.part(".close");
    if (decides) this.prepareForm();
    else this.form?.remove();
  }

  update({ alarm, lane, sinceMs }) {
    this.alarm = alarm;
    this.element.id = `notice-${alarm.id}`;
    const [tone, shape] = LOOK[alarm.severity] ?? LOOK.major;
    this.element.dataset.tone = tone;
    setShape(this.part("svg"), shape);
    setText(this.part(".severity"), tOr(`severity.${alarm.severity ?? "major"}`, alarm.severity));
    setText(this.part(".title"), titleOf(alarm) + (alarm.count > 1 ? ` ×${alarm.count}` : ""));
    setText(this.part(".for"), waitedFor(sinceMs));
    setText(this.part(".where"), [lane?.name, ...aboutOf(alarm)].filter(Boolean).join(" · "));
    setText(this.part(".todo"), tOr(`alarm_todo.${alarm.kind}`, ""));
    setText(this.part(".meaning"), tOr(`alarm_meaning.${alarm.kind}`, ""));
    // Written for technicians, in English whatever the page's language is.
    setText(this.part(".technical"), aboutOf(alarm).length ? "" : alarm.detail);
  }

  prepareForm() {
    this.key = newKey();
    this.form.hidden = false;
    const [open, cancel] = [this.form.querySelector(".open"), this.form.querySelector("[type=reset]")];
    const fields = this.form.querySelector("fieldset");
    const show = (isOpen) => {
      fields.hidden = !isOpen;
      open.hidden = isOpen;
      (isOpen ? this.form.reason : open).focus();
    };
    open.addEventListener("click", () => show(true));
    cancel.addEventListener("click", () => show(false));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") show(false);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.close();
    });
  }

  async close() {
    const button = this.form.querySelector("[type=submit]");
    const answer = this.form.querySelector(".answer");
    button.disabled = true;
    setText(answer, t("decide.sending"));
    try {
      await send("POST", `alarms/${this.alarm.id}/close`, { reason: this.form.reason.value.trim() }, this.key);
      setText(answer, t("alarm_close.done"));
    } catch (error) {
      setText(answer, t("decide.failed", { reason: error.message }));
      button.disabled = false;
    }
    this.onClosed();
  }
}

// Of several failed devices each says what is wrong with it.
export function titleOf(alarm) {
  if (alarm.kind === "lane_fault" && isReason(alarm.detail)) return reasonText(alarm.detail);
  return tOr(`alarm.${alarm.kind}`, alarm.kind);
}

// What it is about, in words, as far as the detail has any.
export function aboutOf({ kind, subject, detail }) {
  if (kind === "lane_fault") return [deviceName(subject)];
  if (isReason(detail)) return [reasonText(detail)];
  if (!kind.startsWith("payout_")) return [];
  // order, plate, driver and money, then the payout's state and the reason for it
  const [, who, state, reason] = /^(.*): (\w+)(?: (.*))?$/.exec(detail) ?? [];
  if (!who) return [];
  return [who, tOr(`payout.${state}`, state), reason && tOr(`payout.reason.${reason}`, reason)].filter(Boolean);
}
