// Gives the weight of a truck that has left to an order, or sets it aside. Before it is pressed, what
// each choice would come to is shown as the server worked it out; if anything of that has changed
// meanwhile, by another person or a late record, the server refuses and it is shown anew.
import { get, Refused, send, tagOf, Unreachable } from "./api.js";
import { h, setText } from "./dom.js";
import { findDecision } from "./doubt.js";
import { effectOf, orderWords, weighingWords } from "./effect.js";
import { folded } from "./folded.js";
import { serverNowMs } from "./stream.js";
import { reasonText, t } from "./texts.js";
import { toast } from "./toast.js";

const ASIDE = "";
const REASONS = ["order_corrected", "papers_checked", "agreed_by_phone", "seen_on_site"];
const REASONS_ASIDE = ["not_a_load", "weighed_twice", "seen_on_site"];

export class Assignment {
  // `about` says in words which truck it is, `stopOf` finds the stop to begin with, `onDone` reads again what may have changed.
  constructor(form, { about, stopOf, onDone }) {
    this.form = form;
    this.about = about;
    this.stopOf = stopOf;
    this.onDone = onDone;
    this.part = (selector) => form.querySelector(selector);
    this.fields = this.part(".assign-fields");
    this.submit = this.part("[type=submit]");
    this.view = null;
    this.part(".assign-open").addEventListener("click", () => this.begin());
    form.weighing.addEventListener("change", () => this.begin(form.weighing.value));
    this.part(".options").addEventListener("change", () => this.showEffect());
    form.reason.addEventListener("change", () => this.check());
    folded(form, { onSubmit: () => this.assign(), onFold: () => this.close() });
  }

  // Returns why there is nothing to choose, if so.
  async begin(stopId) {
    this.say(t("list.reading"));
    try {
      const id = stopId ?? (await this.stopOf());
      if (!id) throw new Error(t("assign.no_weighing"));
      this.show(await get(`stops/${id}/order`));
      this.say("");
      return null;
    } catch (error) {
      const words = t("assign.unread", { reason: error.message });
      if (error instanceof Refused) this.close();
      this.say(words);
      return words;
    }
  }

  show(view) {
    const chosen = this.chosen;
    this.view = view;
    this.form.weighing.replaceChildren(...view.weighings.map((one) => new Option(weighingWords(one), one.stop_id)));
    this.form.weighing.value = view.stop_id;
    this.part(".which").hidden = view.weighings.length < 2;
    this.part(".options").replaceChildren(...view.choices.map((choice) => this.option(choice)));
    const open = this.part(".assign-open");
    const wasOpen = !this.fields.hidden;
    this.fields.hidden = false;
    open.setAttribute("aria-expanded", "true");
    const same = chosen && this.radios.find((radio) => radio.value === chosen.value && !radio.disabled);
    if (same) same.checked = true;
    this.showEffect();
    if (!wasOpen) (this.radios.find((radio) => !radio.disabled) ?? this.submit).focus();
  }

  get radios() {
    return [...this.form.querySelectorAll("[name=order]")];
  }

  get chosen() {
    return this.radios.find((radio) => radio.checked);
  }

  get choice() {
    const chosen = this.chosen;
    return chosen && this.view.choices.find((one) => (one.order_id ?? ASIDE) === chosen.value);
  }

  option(choice) {
    const order = this.view.orders.find((one) => one.order_id === choice.order_id);
    const radio = h("input", { type: "radio", name: "order", value: choice.order_id ?? ASIDE, disabled: !choice.is_possible && "" });
    const [title, ...more] = order ? orderWords(order) : [t("assign.aside"), t("assign.aside_means")];
    const why = choice.is_possible ? null : t("assign.does_not_fit", { reason: reasonText(choice.place.reason) });
    const words = [h("b", {}, title), ...more.map((one) => h("small", {}, one))];
    return h("label", { class: "option" }, radio, h("span", {}, ...words, why && h("small", { class: "why" }, why)));
  }

  showEffect() {
    const { choice, view } = this;
    const shown = choice ? effectOf(choice, view) : [];
    this.part(".effect").replaceChildren(...shown);
    const reasons = choice && choice.order_id === null ? REASONS_ASIDE : REASONS;
    const before = this.form.reason.value;
    this.form.reason.replaceChildren(new Option(t("decide.choose"), ""), ...reasons.map((one) => new Option(reasonText(one), one)));
    this.form.reason.value = reasons.includes(before) ? before : "";
    setText(this.submit, choice ? t("decide.confirm_action", { action: this.actionWords() }) : t("decide.confirm"));
    this.check();
  }

  check() {
    this.submit.disabled = !this.choice || !this.form.reason.value;
  }

  actionWords() {
    const order = this.view.orders.find((one) => one.order_id === this.choice.order_id);
    return order ? t("assign.to", { order: order.order_no }) : t("assign.aside");
  }

  close() {
    const had = this.fields.contains(document.activeElement);
    this.fields.hidden = true;
    this.view = null;
    this.part(".options").replaceChildren();
    this.part(".effect").replaceChildren();
    this.submit.disabled = true;
    const open = this.part(".assign-open");
    open.setAttribute("aria-expanded", "false");
    this.say("");
    if (had) open.focus();
  }

  say(text) {
    setText(this.part(".answer"), text);
  }

  async assign() {
    const { view } = this;
    const body = { order_id: this.choice.order_id, reason: this.form.reason.value };
    const words = `${this.about()}: ${this.actionWords()}.`;
    const attempt = { action: "assign", reason: body.reason, atMs: serverNowMs() };
    this.form.closest("li").focus({ preventScroll: true });
    this.submit.disabled = true;
    this.say(t("decide.sending"));
    try {
      await send("PUT", `stops/${view.stop_id}/order`, body, { seen: tagOf(view) });
      this.done(view, words);
    } catch (error) {
      if (error instanceof Unreachable) await this.findOut(view, attempt, words);
      else await this.refused(view, error);
    }
    this.onDone();
  }

  done(view, words) {
    this.close();
    this.say(words);
    toast("good", `${words} ${t("assign.done")}`, view.stop_id);
  }

  async findOut(view, attempt, words) {
    this.say(t("decide.doubt"));
    const found = await findDecision(view.stop_id, attempt, () => this.view === view);
    if (found) this.done(view, words);
    else if (found === null) {
      this.say(t("decide.not_arrived"));
      this.check();
    }
  }

  // What was shown is not so any more: the same choice may come to something else now.
  async refused(view, error) {
    const words = error.isConflict ? t("assign.changed") : t("decide.failed", { reason: error.message });
    const unread = error.isConflict ? await this.begin(view.stop_id) : null;
    this.say(unread ? `${words} ${unread}` : words);
    toast("bad", `${this.about()}: ${words}`, view.stop_id);
    if (this.view) this.check();
  }
}
