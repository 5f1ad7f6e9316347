// One's own password, app and sessions, and a password by a link: what follows its # is sent to no page.
const password = document.getElementById("password");
const factor = document.getElementById("factor");

password.addEventListener("submit", (event) => submit(event, "POST", password.dataset.path));
factor?.addEventListener("submit", (event) => submit(event, "PUT", "account/second-factor"));

async function submit(event, method, path) {
  event.preventDefault();
  const form = event.currentTarget;
  const error = form.querySelector("[role=alert]");
  const done = form.querySelector("[role=status]");
  error.hidden = done.hidden = true;
  const given = Object.fromEntries(new FormData(form));
  if (path.endsWith("reset")) given.token = location.hash.slice(1);
  const { refused, answer } = await send(method, path, given);
  error.textContent = refused && (error.dataset[refused] ?? error.dataset.failed);
  error.hidden = !refused;
  done.hidden = Boolean(refused);
  if (refused) return;
  form.reset();
  done.querySelector("ul")?.replaceChildren(...answer.recovery_codes.map(item));
}

function item(text) {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
}

for (const button of document.querySelectorAll("[data-ends]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const path = ["account/sessions", button.dataset.ends].filter(Boolean).join("/");
    if (!(await send("DELETE", path)).refused) location.reload();
    button.disabled = false;
  });
}

// What is wrong: the name of a field, or "wait", or "failed"; else the answer.
async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (answer.status === 204) return {};
    if (answer.status === 401) location.assign("/login?over=1&next=/account");
    if (answer.status === 429) return { refused: "wait" };
    const said = await answer.json();
    return answer.ok ? { answer: said } : { refused: said.errors?.[0]?.field ?? "failed" };
  } catch {
    return { refused: "failed" };
  }
}
