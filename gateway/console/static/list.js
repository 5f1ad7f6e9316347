// A list of the page: read soon after a hint, once for many hints, never twice at the same time.
// It says as of when it is, and nothing before it was read.
import { answeredAt } from "./api.js";
import { setText } from "./dom.js";
import { clockTime } from "./format.js";
import { t } from "./texts.js";

export class List {
  // `read` reads and draws, and returns the answers it drew from.
  constructor(section, read, pauseMs) {
    this.section = section;
    this.read = read;
    this.pauseMs = pauseMs;
    this.waiting = false;
    this.running = false;
    this.again = false;
    this.at = null;
  }

  soon(afterMs = this.pauseMs) {
    if (this.running) this.again = true;
    else if (!this.waiting) {
      this.waiting = true;
      setTimeout(() => this.run(), afterMs);
    }
  }

  async run() {
    this.waiting = false;
    this.running = true;
    try {
      const answers = await this.read();
      this.at = new Date(Math.min(...answers.map(answeredAt)));
      this.say(true);
    } catch (error) {
      console.info("could not read again:", error.message);
      this.say(false);
      this.again = true;
    }
    this.running = false;
    if (!this.again) return;
    this.again = false;
    this.soon(5 * this.pauseMs);
  }

  say(isFresh) {
    const asOf = this.section.querySelector(".as-of");
    const reading = this.section.querySelector(".reading");
    asOf.dataset.fresh = isFresh ? "yes" : "no";
    if (this.at !== null) {
      reading.hidden = true;
      setText(asOf, t(isFresh ? "list.as_of" : "list.old", { time: clockTime(this.at) }));
    } else if (!isFresh) setText(reading, t("list.failed"));
  }
}
