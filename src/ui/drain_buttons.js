/** Taking a backend out of service and back, each after a question. */
import { confirm } from "./dialog.js";
import { el } from "./element.js";
import { call } from "./request.js";

/** @import { ClientView } from "../wire/client_view.ts" */

/** How long sessions may stay: until they end, or so many seconds. */
const DEADLINES = [
  ["", "until they end by themselves"],
  ["600", "for 10 minutes, then they are moved"],
  ["3600", "for an hour, then they are moved"],
  ["0", "no longer: they are moved at once"],
];

/**
 * The button that fits the backend's state; undefined when its own machine drains it, which only that machine ends.
 *
 * @param {ClientView} client
 */
export function drainButton({ client_id: id, drain }) {
  if (drain === undefined) {
    return el("button", { type: "button", click: () => askDrain(id) }, "Drain");
  }
  return drain.by.includes("operator")
    ? el(
      "button",
      { type: "button", click: () => askUndrain(id) },
      "Back into service",
    )
    : undefined;
}

/** @param {string} id */
function askDrain(id) {
  const deadline = el(
    "select",
    { name: "deadline" },
    ...DEADLINES.map(([value, words]) => el("option", { value }, words ?? "")),
  );
  confirm({
    title: `Drain ${id}?`,
    text: "It gets nothing new from now on. Requests in flight are finished.",
    verb: "Drain",
    isDanger: true,
    fields: [el("label", { class: "field" }, "Its sessions stay", deadline)],
    act: async () => {
      const seconds = deadline.value;
      await call(
        "POST",
        `/_opsen/backends/${encodeURIComponent(id)}/drain`,
        seconds === "" ? {} : { deadline_seconds: Number(seconds) },
      );
    },
  });
}

/** @param {string} id */
function askUndrain(id) {
  confirm({
    title: `Put ${id} back into service?`,
    text: "It gets new work as soon as it has room.",
    verb: "Back into service",
    act: async () => {
      const path = `/_opsen/backends/${encodeURIComponent(id)}/undrain`;
      await call("POST", path);
    },
  });
}
