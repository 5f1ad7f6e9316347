// The plate that a camera read, in words; null where no camera saw the truck.
import { t } from "./texts.js";

export function plateSeen(stop) {
  if (stop.plate_read === null) return null;
  if (stop.plate_read === "") return t("plate.unread");
  return t(stop.plate_read === stop.plate ? "plate.agrees" : "plate.other", { plate: stop.plate_read });
}
