// A truck that has left with its weight, but nothing was there to book it on.
import { send, Unreachable } from "./api.js";
import { Assignment } from "./assign.js";
import { fromTemplate, setText } from "./dom.js";
import { findDecision } from "./doubt.js";
import { showPhone, truckWords, waitedFor, weightWords, whose } from "./held.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t } from "./texts.js";
import { toast } from "./toast.js";

export class UnbookedNotice {
  constructor(decides, onDone) {
    this.element = fromTemplate("unbooked-notice");
    this.part = (selector) => this.element.querySelector(selector);
    this.onDone = onDone;
    if (!decides) return;
    const about = () => truckWords(this.entry);
    const stopOf = async () => this.entry.stop.stop_id;
    this.assignment = new Assignment(this.part(".assign"), { about, stopOf, onDone });
    this.part(".book").addEventListener("click", () => this.book());
  }

  update(entry) {
    const { stop, lane, sinceMs } = entry;
    this.entry = entry;
    this.element.id = `notice-${stop.stop_id}`;
    setText(this.part(".title"), t("attention.unbooked", { reason: reasonText(stop.reason) }));
    setText(this.part(".for"), waitedFor(sinceMs));
    setText(this.part(".plate"), stop.plate ?? "");
    setText(this.part(".who"), whose(stop).join(" · "));
    setText(this.part(".load"), weightWords(stop));
    setText(this.part(".where"), lane.name);
    showPhone(this.part(".phone"), stop);
  }

  async book() {
    const { stop } = this.entry;
    const [button, words] = [this.part(".book"), truckWords(this.entry)];
    const attempt = { action: "book", atMs: serverNowMs() };
    const say = (tone, text) => {
      setText(this.part(".answer"), text);
      toast(tone, `${words}: ${text}`, stop.stop_id);
    };
    button.disabled = true;
    setText(this.part(".answer"), t("decide.sending"));
    try {
      await send("POST", `stops/${stop.stop_id}/booking`);
      say("good", t("attention.booked"));
    } catch (error) {
      if (error instanceof Unreachable) await this.findOut(stop, attempt, say);
      else say("bad", t("decide.failed", { reason: error.message }));
      button.disabled = false;
    }
    this.onDone();
  }

  async findOut(stop, attempt, say) {
    setText(this.part(".answer"), t("decide.doubt"));
    const found = await findDecision(stop.stop_id, attempt, () => this.element.isConnected);
    if (found) say("good", t("attention.booked"));
    else setText(this.part(".answer"), t("decide.not_arrived"));
  }
}
