/** The form that is shown where the server wants a key. */
import { el, say } from "./element.js";
import { call } from "./request.js";

/**
 * Shows the form in place of the view; `done` is called when the key was taken.
 *
 * @param {HTMLElement} main
 * @param {string} detail what the server said; empty when no key was shown
 * @param {() => void} done
 */
export function signIn(main, detail, done) {
  const fault = el("p", { class: "fault", role: "alert" }, detail);
  const go = el("button", { type: "submit", class: "primary" }, "Sign in");
  const key = el("input", {
    type: "password",
    name: "key",
    autocomplete: "current-password",
    required: true,
    spellcheck: "false",
    autocapitalize: "off",
  });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    go.disabled = true;
    say(fault, "");
    try {
      await call("POST", "/_opsen/ui/login", { key: key.value });
      done();
    } catch (error) {
      say(fault, error instanceof Error ? error.message : "");
      key.select();
    } finally {
      go.disabled = false;
    }
  };
  main.replaceChildren(
    el(
      "form",
      { class: "sign-in", submit },
      el("h1", {}, "Sign in"),
      el(
        "p",
        { class: "sub" },
        "This server wants a key with the scope read or admin. “opsen keys create” makes one.",
      ),
      el("label", { class: "field tall" }, "Key", key),
      fault,
      go,
    ),
  );
  key.focus();
}
