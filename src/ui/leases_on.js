/** The newest word on a backend's leases, as a short list in its panel. */
import { el } from "./element.js";
import { call } from "./request.js";
import { counted, span, whole } from "./words.js";

/** @import { LeaseAnswer, LeasesAnswer } from "../wire/lease_answer.ts" */

/** More are on the page of leases. */
const SHOWN_MAX = 8;

/**
 * Fills the section; says nothing when the backend has none.
 *
 * @param {string} id
 * @param {HTMLElement} section
 * @param {{ readonly nowMs: number }} clock the server's
 */
export async function leasesOn(id, section, clock) {
  const heading = el("h3", {}, "Leases");
  section.replaceChildren(heading, el("p", { class: "sub" }, "…"));
  try {
    const query = new URLSearchParams({ client_id: id, limit: `${SHOWN_MAX}` });
    /** @type {LeasesAnswer} */
    const { leases, total } = await call("GET", `/_opsen/leases?${query}`);
    section.replaceChildren(
      heading,
      total === 0 ? el("p", { class: "sub" }, "None.") : el(
        "ul",
        { class: "lines" },
        ...leases.map((one) => item(one, clock.nowMs)),
      ),
      ...(total > leases.length
        ? [
          el(
            "a",
            { href: `#leases/${encodeURIComponent(id)}` },
            `All ${whole(total)}`,
          ),
        ]
        : []),
    );
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    section.replaceChildren(heading, el("p", { class: "fault" }, words));
  }
}

/**
 * @param {LeaseAnswer} lease
 * @param {number} nowMs
 */
function item(lease, nowMs) {
  const { lease_id: id, tier, gpus, sticky_id: session } = lease;
  const ageS = (nowMs - Date.parse(lease.placed_at)) / 1000;
  const cards = gpus.length > 0 ? ` · ${counted(gpus.length, "GPU")}` : "";
  return el(
    "li",
    {},
    el("code", {}, id),
    el("span", {}, `${tier}${cards}`),
    el("span", { class: "sub ellipsis" }, session ?? ""),
    el("span", { class: "sub" }, span(ageS)),
  );
}
