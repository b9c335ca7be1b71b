/** Light or dark: as the system has it, until somebody chooses. */

/**
 * Makes the button change the colours; `changed` is called when they have, also by the system.
 *
 * @param {HTMLElement} button
 * @param {() => void} changed
 */
export function colourSwitch(button, changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const now = root.dataset.theme ?? (system.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("opsen-theme", root.dataset.theme);
    changed();
  });
}
