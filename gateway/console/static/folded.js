// A form that is folded until somebody opens it: Cancel and Escape fold it, a submit stays on the page.
export function folded(form, { onSubmit, onFold }) {
  form.addEventListener("reset", onFold);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && form.querySelector("fieldset:not([hidden])")) form.reset();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
}
