// Loaded before the first paint, so that a chosen theme does not flash: no module, no imports.
(() => {
  const root = document.documentElement;
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(localStorage.getItem("theme") ?? "");
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const current = localStorage.getItem("theme") ?? "";
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    // From "as the system", go to the opposite of what is seen.
    const theme = current === "" ? (dark ? "light" : "dark") : "";
    localStorage.setItem("theme", theme);
    apply(theme);
  });
})();
