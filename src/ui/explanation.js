/** Why a decision came out as it did: every backend with the terms of its score, or with what it lacked. */
import { dataTable } from "./data_table.js";
import { whyRefused } from "./decision_row.js";
import { opened } from "./dialog.js";
import { el } from "./element.js";
import { call } from "./request.js";
import {
  backendName,
  clockTime,
  counted,
  fixed,
  ofWhat,
  reasonWords,
  whole,
} from "./words.js";

/** @import { DecisionAnswer } from "../wire/decision_answer.ts" */
/** @import { CandidateAnswer, ExplanationAnswer } from "../wire/explanation_answer.ts" */

/** @typedef {Extract<CandidateAnswer, { readonly score: number }>} Fitting */
/** @typedef {Exclude<CandidateAnswer, Fitting>} Removed */

/** Rows of each table at first; a large fleet has a thousand. */
const ROWS_MAX = 25;
/** Terms in the order of the columns; what a newer server adds comes after them. */
const TERMS = ["distance", "cpu", "memory", "gpu", "latency", "knee", "guard"];

/** The dialog of the decision that the address names. */
export class Explanation {
  #id = "";
  /** @type {HTMLDialogElement | undefined} */
  #dialog;

  /** @param {string} requestId empty closes it */
  open(requestId) {
    if (requestId === this.#id) return;
    this.#id = requestId;
    this.#dialog?.close();
    this.#dialog = undefined;
    if (requestId !== "") this.#show(requestId);
  }

  /** @param {string} requestId */
  async #show(requestId) {
    const body = el("div", { class: "explanation" }, el("p", {}, "…"));
    const dialog = opened("Why this decision", body);
    dialog.classList.add("wide");
    dialog.addEventListener("close", () => {
      if (this.#id !== requestId) return;
      this.#id = "";
      location.hash = "#decisions";
    });
    this.#dialog = dialog;
    try {
      const path = `/_opsen/decisions/${encodeURIComponent(requestId)}`;
      body.replaceChildren(...told(await call("GET", path)));
    } catch (error) {
      const words = error instanceof Error ? error.message : "";
      body.replaceChildren(el("p", { class: "fault" }, words));
    }
  }
}

/** @param {DecisionAnswer} decision */
function told(decision) {
  const { explanation, not_explained_because: why } = decision;
  const head = el(
    "dl",
    { class: "facts inline" },
    ...factsOf(decision).map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))
    ),
  );
  return explanation === undefined
    ? [head, el("p", { class: "empty" }, why ?? "It was not explained.")]
    : [head, ...tables(explanation, decision.client_id)];
}

/**
 * @param {DecisionAnswer} decision
 * @returns {[string, string][]}
 */
function factsOf(decision) {
  const { outcome, client_id: backend, stickiness } = decision;
  const isKept = stickiness === "kept" ? ", where its session is" : "";
  const nameOf = namesOf(decision);
  /** @type {[string, string][]} */
  const facts = [
    [
      "Outcome",
      outcome === "placed"
        ? `placed on ${nameOf(backend ?? "?")}${isKept}`
        : `${outcome}: ${whyRefused(decision, nameOf)}`,
    ],
    ["Tier", decision.tier],
    ["At", clockTime(decision.at)],
    ["Request", decision.request_id],
  ];
  const { explanation } = decision;
  if (explanation !== undefined) facts.push(["Rule", explanation.mode]);
  if (explanation?.margin != null) {
    facts.push([
      "Runner-up",
      `${nameOf(explanation.runner_up ?? "?")}, ${
        fixed(explanation.margin, 2)
      } points behind`,
    ]);
  }
  return facts;
}

/**
 * What the backends of a decision are called.
 *
 * @param {DecisionAnswer} decision
 * @returns {(id: string) => string}
 */
function namesOf({ explanation }) {
  const hosts = new Map(
    explanation?.candidates.map((one) => [one.client_id, one.hostname]),
  );
  return (id) => backendName(id, hosts.get(id));
}

/**
 * @param {ExplanationAnswer} explanation
 * @param {string | undefined} chosen
 */
function tables({ candidates }, chosen) {
  const fitting = candidates.filter((one) => "score" in one);
  const removed = candidates.filter((one) => "reason" in one);
  return [
    ...(fitting.length > 0 ? [fittingTable(fitting, chosen)] : []),
    ...(removed.length > 0 ? [removedTable(removed)] : []),
  ];
}

/**
 * @param {readonly Fitting[]} fitting
 * @param {string | undefined} chosen
 */
function fittingTable(fitting, chosen) {
  const names = new Set([
    ...TERMS,
    ...fitting.flatMap(({ terms }) => Object.keys(terms)),
  ]);
  const shown = [...names].filter((name) =>
    fitting.some(({ terms }) => Math.abs(terms[name] ?? 0) >= 0.05)
  );
  const most = Math.max(1, ...fitting.map(({ score }) => Math.abs(score)));
  return bounded(
    `Fits: ${counted(fitting.length, "backend")}, the lowest total first`,
    ["Backend", "Total", ...shown, "km"],
    fitting,
    (one) => {
      const share = el("span", { class: "score-bar", "aria-hidden": "true" });
      share.style.setProperty("--share", `${Math.abs(one.score) / most}`);
      return el(
        "tr",
        { class: one.client_id === chosen ? "chosen" : "" },
        el(
          "th",
          { scope: "row" },
          backendName(one.client_id, one.hostname),
          one.client_id === chosen && el("span", { class: "tag" }, "chosen"),
        ),
        el("td", { class: "number total" }, fixed(one.score), share),
        ...shown.map((name) =>
          el("td", { class: "number" }, fixed(one.terms[name] ?? 0))
        ),
        el("td", { class: "number" }, kilometres(one.distance_km)),
      );
    },
    1,
  );
}

/** @param {readonly Removed[]} removed */
function removedTable(removed) {
  return bounded(
    `Passed over: ${counted(removed.length, "backend")}`,
    ["Backend", "Reason", "What it lacks", "km"],
    removed,
    (one) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, backendName(one.client_id, one.hostname)),
        el("td", {}, reasonWords(one.reason)),
        el("td", {}, lacksOf(one)),
        el("td", { class: "number" }, kilometres(one.distance_km)),
      ),
    3,
  );
}

/**
 * A table that shows its first rows, and the others on request.
 *
 * @template Kind
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {readonly Kind[]} all
 * @param {(one: Kind) => HTMLTableRowElement} rowOf
 * @param {number} firstNumber the column from which on there are figures
 */
function bounded(caption, heads, all, rowOf, firstNumber) {
  const body = el("tbody", {}, ...all.slice(0, ROWS_MAX).map(rowOf));
  const more = el("button", {
    type: "button",
    class: "quiet",
    hidden: all.length <= ROWS_MAX,
    click: () => {
      body.append(...all.slice(ROWS_MAX).map(rowOf));
      more.hidden = true;
    },
  }, `Show ${whole(Math.max(0, all.length - ROWS_MAX))} more`);
  return el(
    "div",
    { class: "scrolled", tabindex: "0", role: "group", "aria-label": caption },
    dataTable(caption, heads, body, firstNumber),
    more,
  );
}

/** @param {Removed} removed */
function lacksOf({ shortages, country }) {
  if (country !== undefined) return country === "" ? "no country" : country;
  return shortages.map(({ reason, have, need, unit }) =>
    unit === "km"
      ? `${whole(have)} km away, ${whole(need)} allowed`
      : `has ${fixed(Math.floor(have * 10) / 10)} of ${fixed(need)} ${unit}${
        ofWhat(reason)
      }`
  ).join("; ");
}

/** @param {number | null} km */
function kilometres(km) {
  return km === null ? "–" : whole(km);
}
