// One's own password and sessions, and a password by a link: what follows its # is sent to no page.
const form = document.getElementById("password");
const error = form.querySelector("[role=alert]");
const done = form.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.hidden = done.hidden = true;
  const given = Object.fromEntries(new FormData(form));
  if (form.dataset.path.endsWith("reset")) given.token = location.hash.slice(1);
  const refused = await send("POST", form.dataset.path, given);
  error.textContent = refused && (error.dataset[refused] ?? error.dataset.failed);
  error.hidden = refused === null;
  done.hidden = refused !== null;
  if (refused === null) form.reset();
});

for (const button of document.querySelectorAll("[data-ends]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const path = ["account/sessions", button.dataset.ends].filter(Boolean).join("/");
    if ((await send("DELETE", path)) === null) location.reload();
    button.disabled = false;
  });
}

// What is wrong: the name of a field, or "wait", or "failed"; null if it was done.
async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (answer.ok) return null;
    if (answer.status === 401) location.assign("/login?over=1&next=/account");
    if (answer.status === 429) return "wait";
    return (await answer.json()).errors?.[0]?.field ?? "failed";
  } catch {
    return "failed";
  }
}
