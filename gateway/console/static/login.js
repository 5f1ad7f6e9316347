// Signs in and goes on to the console; the session is a cookie that scripts cannot read.
const form = document.getElementById("login");
const error = document.getElementById("login-error");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  error.hidden = true;
  const refused = await signIn();
  if (refused === null) return location.replace(form.dataset.next);
  error.textContent = error.dataset[refused];
  error.hidden = false;
  button.disabled = false;
  if (refused === "second") {
    document.getElementById("second").hidden = false;
    form.code.focus();
  } else form.password.select();
});

async function signIn() {
  const code = form.code.value.trim() || undefined;
  const body = JSON.stringify({ username: form.username.value, password: form.password.value, code });
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/v1/sessions", { method: "POST", headers, body });
    if (answer.ok) return null;
    if ((await answer.json()).type?.endsWith(":second_factor")) return "second";
    return answer.status === 429 ? "wait" : answer.status < 500 ? "wrong" : "failed";
  } catch {
    return "failed";
  }
}
