// Numbers and times as people read them.
import { language, t } from "./texts.js";

const locale = language === "zh" ? "zh-CN" : "en-GB";
const whole = new Intl.NumberFormat(locale);
const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
// The yards' clock, as on the receipt, and as the day that is summed up begins: never the browser's.
const timeZone = "Asia/Shanghai";
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone });
const date = new Intl.DateTimeFormat("en-CA", { timeZone });
const day = new Intl.DateTimeFormat(locale, { month: "2-digit", day: "2-digit", timeZone });

export const kg = (value) => (value === null || value === undefined ? "–" : whole.format(value).replace("-", "−"));
export const tonnes = (value) => money.format(value / 1000);
export const yuan = (minor) => money.format(minor / 100);
export const count = (value) => whole.format(value);

export const clockTime = (at) => clock.format(at);

export function seconds(ms) {
  return ms < 10_000 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000));
}

export function duration(s) {
  if (s < 100) return t("unit.seconds", { n: Math.floor(s) });
  if (s < 5940) return t("unit.minutes", { n: Math.floor(s / 60) });
  return t("unit.hours", { n: Math.floor(s / 3600) });
}

export function time(iso) {
  const at = new Date(iso);
  const isToday = date.format(at) === date.format(new Date());
  return isToday ? clock.format(at) : `${day.format(at)} ${clock.format(at).slice(0, 5)}`;
}

// Whether this browser's own clock shows another time than the yards'.
export const isAbroad = () => new Date().getTimezoneOffset() !== -480;
