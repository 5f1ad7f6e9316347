// The header of every page: signing out, and whose clock it is. Language is a link, the theme has a script of its own.
import { signOut } from "./api.js";
import { isAbroad } from "./format.js";
import { t } from "./texts.js";
import { toast } from "./toast.js";

document.getElementById("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
  } catch (error) {
    toast("bad", t("app.still_signed_in", { reason: error.message }), "sign-out");
    return;
  }
  location.assign("/login");
});

document.getElementById("zone").hidden = !isAbroad();
