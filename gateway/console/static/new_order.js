// An order for a truck that was turned away while it still stands there: it can show its card again.
import { get, getAll, newKey, send, Unreachable } from "./api.js";
import { setText } from "./dom.js";
import { folded } from "./folded.js";
import { placeName } from "./places.js";
import { serverNowMs } from "./stream.js";
import { t } from "./texts.js";
import { toast } from "./toast.js";

export class NewOrder {
  constructor(form, stop) {
    this.form = form;
    this.stop = stop;
    this.part = (selector) => form.querySelector(selector);
    this.fields = this.part("fieldset");
    this.open = this.part(".order-open");
    this.submit = this.part("[type=submit]");
    this.open.addEventListener("click", () => this.begin());
    form.contract.addEventListener("change", () => {
      this.key = newKey();
      this.submit.disabled = !form.contract.value;
    });
    folded(form, { onSubmit: () => this.create(), onFold: () => this.close() });
  }

  say(text) {
    setText(this.part(".answer"), text);
  }

  async begin() {
    this.say(t("list.reading"));
    try {
      const [cards, contracts] = await Promise.all([get(`cards?tag=${this.stop.tag}`), getAll("contracts?status=active&limit=200")]);
      [this.card] = cards.items;
      this.offer(contracts.items.filter((one) => this.begins(one)));
    } catch (error) {
      this.say(t("decide.failed", { reason: error.message }));
    }
  }

  // From this yard, and valid now: under any other the truck would be turned away again.
  begins(contract) {
    const nowMs = serverNowMs();
    const isValid = Date.parse(contract.valid_from) <= nowMs && nowMs < Date.parse(contract.valid_to);
    return isValid && contract.origin_yard_id === this.stop.yard_id;
  }

  offer(contracts) {
    if (!this.card || contracts.length === 0) {
      this.say(t(this.card ? "turned.no_contract" : "turned.no_card"));
      return;
    }
    const options = contracts.map((one) => new Option([one.cargo, one.consignor, placeName(one.destination_yard_id), one.id].join(" · "), one.id));
    this.form.contract.replaceChildren(new Option(t("decide.choose"), ""), ...options);
    this.submit.disabled = true;
    this.fields.hidden = false;
    this.open.hidden = true;
    this.say("");
    this.form.contract.focus();
  }

  close() {
    this.fields.hidden = true;
    this.open.hidden = false;
    this.say("");
    this.open.focus();
  }

  async create() {
    const { vehicle_id, driver_id } = this.card;
    this.submit.disabled = true;
    this.say(t("decide.sending"));
    try {
      const order = await send("POST", "orders", { contract_id: this.form.contract.value, vehicle_id, driver_id }, { key: this.key });
      this.close();
      const words = t("turned.created", { truck: this.stop.plate, order: order.order_no });
      this.say(words);
      toast("good", words, this.stop.stop_id);
    } catch (error) {
      this.say(error instanceof Unreachable ? t("turned.doubt") : t("decide.failed", { reason: error.message }));
      this.submit.disabled = false;
    }
  }
}
