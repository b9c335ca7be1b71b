/** Dialogs of the page: they take the focus, give it back, and close with Escape, as the browser's own do. */
import { el } from "./element.js";

/**
 * Asks before something is changed. The answer is what `act` says: it runs while the dialog is open, and what it throws
 * is shown there.
 *
 * @param {{ title: string, text: string, verb: string, isDanger?: boolean, fields?: readonly Node[], act: () => Promise<void> }} question
 */
export function confirm({ title, text, verb, isDanger, fields = [], act }) {
  const fault = el("p", { class: "fault", role: "alert" });
  const go = el("button", {
    type: "submit",
    class: isDanger ? "danger" : "primary",
  }, verb);
  const dialog = opened(
    title,
    el("p", {}, text),
    el(
      "form",
      {
        submit: async (event) => {
          event.preventDefault();
          go.disabled = true;
          try {
            await act();
            dialog.close();
          } catch (error) {
            fault.textContent = error instanceof Error ? error.message : "";
          } finally {
            go.disabled = false;
          }
        },
      },
      ...fields,
      fault,
      el(
        "div",
        { class: "buttons" },
        el("button", {
          type: "button",
          autofocus: true,
          click: () => dialog.close(),
        }, "Cancel"),
        go,
      ),
    ),
  );
  // The question belongs to the view it was asked in.
  addEventListener("hashchange", () => dialog.close(), { once: true });
}

/**
 * Opens a dialog with a heading; it is gone from the page when it is closed.
 *
 * @param {string} title
 * @param {...Node} children
 */
export function opened(title, ...children) {
  const heading = el("h2", { id: "dialog-title" }, title);
  const dialog = el(
    "dialog",
    { "aria-labelledby": heading.id, close: () => dialog.remove() },
    el(
      "div",
      { class: "dialog-head" },
      heading,
      el("button", {
        type: "button",
        class: "quiet icon",
        "aria-label": "Close",
        click: () => dialog.close(),
      }, "✕"),
    ),
    ...children,
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
