/** One decision as a row, and its outcome in words. */
import { el } from "./element.js";
import { clockTime, fixed, ofWhat, reasonWords } from "./words.js";

/** @import { DecisionSummary } from "../wire/decision_answer.ts" */

/** @type {Readonly<Record<string, string>>} */
const STICKINESS = { kept: "kept", assigned: "new", moved: "moved" };

/**
 * @param {DecisionSummary} decision
 * @param {(id: string) => string} nameOf
 */
export function decisionRow(decision, nameOf) {
  const { request_id: id, at, tier, client_id: backend, score } = decision;
  return el(
    "tr",
    { "data-id": id },
    el("td", { class: "col-time" }, clockTime(at)),
    el("td", { class: "col-tier" }, tier),
    el(
      "td",
      { class: "col-outcome" },
      el(
        "span",
        { class: "outcome", "data-outcome": decision.outcome },
        decision.outcome,
      ),
      waited(decision),
    ),
    el(
      "td",
      { class: "col-backend" },
      backend === undefined
        ? el("span", { class: "sub" }, whyRefused(decision, nameOf))
        : el(
          "a",
          { href: `#fleet/${encodeURIComponent(backend)}` },
          nameOf(backend),
        ),
    ),
    el("td", { class: "col-session" }, ...session(decision)),
    el("td", { class: "number" }, score === undefined ? "" : fixed(score)),
    el(
      "td",
      { class: "col-why" },
      el("a", {
        href: `#decisions/${encodeURIComponent(id)}`,
        "aria-label": `Why: ${tier}, ${decision.outcome} at ${clockTime(at)}`,
      }, "Why"),
    ),
  );
}

/**
 * The near miss, or what removed most backends.
 *
 * @param {DecisionSummary} decision
 * @param {(id: string) => string} nameOf
 */
export function whyRefused(decision, nameOf) {
  const { outcome, nearest, tally, fleet_size: size } = decision;
  if (outcome === "withdrawn") return "the caller left, or the server stopped";
  if (nearest !== undefined) {
    const { client_id, lacks, short_by: short, unit } = nearest;
    const id = nameOf(client_id);
    if (unit === "km") return `${id} is ${short} km too far away`;
    const counted = `${short} ${short === 1 ? unit.replace(/s$/, "") : unit}`;
    return `${id} lacks ${counted}${ofWhat(lacks)}`;
  }
  if (size === 0) return "there are no backends";
  const [first] = Object.entries(tally ?? {}).sort(([, a], [, b]) => b - a);
  return first === undefined ? "" : reasonWords(first[0]);
}

/** @param {DecisionSummary} decision */
function waited({ waited_ms: ms }) {
  return ms === undefined
    ? ""
    : el("span", { class: "sub" }, ` after ${fixed(ms / 1000)} s`);
}

/**
 * @param {DecisionSummary} decision
 * @returns {Node[]}
 */
function session({ sticky_id: id, stickiness }) {
  if (id === undefined) return [];
  const how = STICKINESS[stickiness ?? ""] ?? "";
  return [
    el("span", { class: "ellipsis", title: id }, id),
    ...(how === "" ? [] : [el("span", { class: "sub" }, ` ${how}`)]),
  ];
}
