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
    setText(this.part(".where"), [lane?.name, subjectOf(alarm)].filter(Boolean).join(" · "));
    setText(this.part(".todo"), alarm.todo ?? "");
    this.showDetail(alarm);
  }

  // Written for technicians, in English whatever the page's language is.
  showDetail({ detail, kind }) {
    const details = this.part("details");
    details.hidden = !detail || isReason(detail) || kind === "lane_fault";
    setText(details.querySelector("span"), detail);
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
function titleOf(alarm) {
  if (alarm.kind === "lane_fault" && isReason(alarm.detail)) return reasonText(alarm.detail);
  return alarm.title ?? tOr(`alarm.${alarm.kind}`, alarm.kind);
}

function subjectOf(alarm) {
  if (alarm.kind === "lane_fault") return deviceName(alarm.subject);
  return isReason(alarm.detail) ? reasonText(alarm.detail) : "";
}
