// The plate that a camera read, in words.
import { t } from "./texts.js";

// What a person can do about a plate in doubt; null where the truck waits for something else.
export function plateCheck(stop) {
  return stop?.plate && stop.reason?.startsWith("plate_") ? t("plate.check", { plate: stop.plate }) : null;
}

// Null where no camera saw the truck.
export function plateSeen(stop) {
  if (stop.plate_read === null) return null;
  if (stop.plate_read === "") return t("plate.unread");
  return t(stop.plate_read === stop.plate ? "plate.agrees" : "plate.other", { plate: stop.plate_read });
}
