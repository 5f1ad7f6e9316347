// The header of every page: signing out. Language is a link, the theme has a script of its own.
import { send } from "./api.js";

document.getElementById("sign-out").addEventListener("click", async () => {
  await send("DELETE", "sessions/current");
  location.assign("/login");
});
