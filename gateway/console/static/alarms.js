// An alarm, in the list of what needs a person: what it is, what to do, and closing it by hand.
import { get, newKey, send, Unreachable } from "./api.js";
import { Assignment } from "./assign.js";
import { fromTemplate, setShape, setText, setWords } from "./dom.js";
import { readUntil } from "./doubt.js";
import { folded } from "./folded.js";
import { waitedFor } from "./held.js";
import { deviceName, isReason, reasonText, t, tIf, tOr } from "./texts.js";
import { toast } from "./toast.js";

const LOOK = { critical: ["bad", "bad"], major: ["bad", "alarm"], minor: ["idle", "alarm"] };

export class AlarmNotice {
  constructor(decides, onDone) {
    this.element = fromTemplate("alarm-notice");
    this.part = (selector) => this.element.querySelector(selector);
    this.onDone = onDone;
    this.form = this.part(".close");
    if (!decides) return;
    this.prepareForm();
    const about = () => aboutOf(this.alarm).join(" · ");
    const stopOf = async () => (await get(`stops?order_id=${this.alarm.subject}&limit=1`)).items[0]?.stop_id;
    new Assignment(this.part(".assign"), { about, stopOf, onDone });
  }

  update({ alarm, sinceMs }) {
    this.alarm = alarm;
    this.element.id = `notice-${alarm.id}`;
    const [tone, shape] = LOOK[alarm.severity] ?? LOOK.major;
    this.element.dataset.tone = tone;
    setShape(this.part("svg"), shape);
    setText(this.part(".severity"), tOr(`severity.${alarm.severity ?? "major"}`, alarm.severity));
    setText(this.part(".title"), titleOf(alarm) + (alarm.count > 1 ? ` ×${alarm.count}` : ""));
    setText(this.part(".for"), waitedFor(sinceMs));
    setText(this.part(".where"), [placeOf(alarm), ...aboutOf(alarm)].filter(Boolean).join(" · "));
    setText(this.part(".ids"), idsOf(alarm));
    setWords(this.part(".todo"), tIf(`fault_todo.${alarm.detail}`) ?? tIf(`alarm_todo.${alarm.kind}`) ?? "");
    setWords(this.part(".meaning"), tIf(`alarm_meaning.${alarm.kind}`) ?? "");
    // Written for technicians, in English whatever the page's language is.
    setText(this.part(".technical"), isSaid(alarm) ? "" : alarm.detail);
    const assign = this.part(".assign");
    if (assign) assign.hidden = alarm.kind !== "trip_incomplete";
  }

  prepareForm() {
    const open = this.form.querySelector(".open");
    const { reason } = this.form;
    const fields = this.form.querySelector("fieldset");
    const show = (isOpen) => {
      fields.hidden = !isOpen;
      open.hidden = isOpen;
      this.mark(false);
      this.say("");
      (isOpen ? reason : open).focus();
    };
    open.addEventListener("click", () => show(true));
    reason.addEventListener("input", () => this.mark(false));
    const onSubmit = () => {
      if (reason.value.trim()) this.close(reason.value.trim());
      else this.refuse(t("alarm_close.reason_missing"));
    };
    folded(this.form, { onSubmit, onFold: () => show(false) });
  }

  mark(isWrong) {
    this.form.reason.setAttribute("aria-invalid", String(isWrong));
  }

  refuse(words) {
    this.mark(true);
    this.say(words);
    this.form.reason.focus();
  }

  say(text) {
    setText(this.form.querySelector(".answer"), text);
  }

  async close(reason) {
    const { alarm } = this;
    const title = titleOf(alarm);
    const button = this.form.querySelector("[type=submit]");
    // The same words again are the same decision: the server takes it once.
    if (this.attempt?.reason !== reason) this.attempt = { reason, key: newKey() };
    button.disabled = true;
    this.say(t("decide.sending"));
    try {
      await send("POST", `alarms/${alarm.id}/close`, { reason }, { key: this.attempt.key });
      this.closed(title);
    } catch (error) {
      if (error instanceof Unreachable) await this.findOut(alarm, title);
      else this.refused(title, error);
      button.disabled = false;
    }
    this.onDone();
  }

  closed(title) {
    this.say(t("alarm_close.done"));
    toast("good", t("decided.alarm", { title }), this.alarm.id);
  }

  refused(title, error) {
    const words = t("decide.failed", { reason: error.message });
    if (error.fields.includes("reason")) this.refuse(words);
    else this.say(words);
    toast("bad", `${title}: ${words}`, this.alarm.id);
  }

  // No answer came: whether it is closed is read.
  async findOut(alarm, title) {
    this.say(t("decide.doubt"));
    const open = await readUntil(`alarms?open=true&kind=${alarm.kind}&limit=200`, () => this.element.isConnected);
    if (!open) return;
    if (open.items.some((one) => one.id === alarm.id)) this.say(t("decide.not_arrived"));
    else this.closed(title);
  }
}

// Of several failed devices each says what is wrong with it.
export function titleOf(alarm) {
  if (alarm.kind === "lane_fault" && isReason(alarm.detail)) return reasonText(alarm.detail);
  return tOr(`alarm.${alarm.kind}`, alarm.kind);
}

// The lane that it is about; one that is not registered has no name, its yard perhaps.
export function placeOf({ place }) {
  if (!place) return null;
  return `${place.yard_name ?? place.yard_id} ${place.lane_name ?? place.lane_id}`;
}

// What commands and settings call it.
const idsOf = ({ place }) => (place ? `${place.yard_id}/${place.lane_id}` : "");

// What it is about, in words: the truck, and what the detail says of it.
export function aboutOf(alarm) {
  const named = [alarm.plate, alarm.order_no].filter((one) => one && !alarm.detail.includes(one));
  return [...named, ...detailOf(alarm)];
}

const isSaid = (alarm) => alarm.kind !== "broker_lost" && detailOf(alarm).length > 0;

function detailOf({ kind, subject, detail }) {
  if (kind === "lane_fault") return [deviceName(subject)];
  if (kind === "broker_lost") return [subject];
  if (isReason(detail)) return [reasonText(detail)];
  if (kind === "trip_incomplete") return missingLegs(detail);
  if (!kind.startsWith("payout_")) return [];
  // order, plate, driver and money, then the payout's state and the reason for it
  const [, who, state, reason] = /^(.*): (\w+)(?: (.*))?$/.exec(detail) ?? [];
  if (!who) return [];
  return [who, tOr(`payout.${state}`, state), reason && tOr(`payout.reason.${reason}`, reason)].filter(Boolean);
}

function missingLegs(detail) {
  const legs = /^a weighing is missing: (.*)$/.exec(detail)?.[1].split(", ");
  return legs ? [t("alarm_missing", { legs: legs.map((leg) => tOr(`tickets.${leg}`, leg)).join(t("list.comma")) })] : [];
}
