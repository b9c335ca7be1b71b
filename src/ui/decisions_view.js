/** Decisions as they are made, newest first; each tells why it came out as it did. */
import { decisionRow } from "./decision_row.js";
import { el, mark, say } from "./element.js";
import { Explanation } from "./explanation.js";
import { counted, rate, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { DecisionSummary } from "../wire/decision_answer.ts" */

/** More rows would be scrolled by nobody. */
const ROWS_MAX = 150;
const OUTCOMES = ["placed", "refused", "withdrawn"];

/** The view. */
export class DecisionsView {
  #model;
  #wake;
  #seenChanges = -1;
  #tier = "";
  #outcome = "";
  /** What is shown while the stream stands still. @type {readonly DecisionSummary[] | undefined} */
  #held;
  #shownTiers = "";
  #explanation = new Explanation();
  #body = el("tbody");
  #status = el("p", { class: "sub count" });
  #pause = el("button", {
    type: "button",
    "aria-pressed": "false",
    click: () => this.#toggle(),
  }, "Pause");
  #tiers = el("select", {
    change: () => this.#filter({ tier: this.#tiers.value }),
  });
  #outcomes = el(
    "select",
    { change: () => this.#filter({ outcome: this.#outcomes.value }) },
    el("option", { value: "" }, "All"),
    ...OUTCOMES.map((one) => el("option", { value: one }, one)),
  );
  #empty = el("p", { class: "empty" }, "No decision yet.");
  #table = el(
    "table",
    { class: "plain stream" },
    el("caption", { class: "unseen" }, "Decisions, newest first"),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...["Time", "Tier", "Outcome", "Backend", "Session", "Score", "Why"]
          .map((head) =>
            el("th", {
              scope: "col",
              class: head === "Score" ? "number" : `col-${head.toLowerCase()}`,
            }, head)
          ),
      ),
    ),
    this.#body,
  );
  element = el(
    "section",
    { "aria-labelledby": "decisions-title" },
    el("h1", { class: "unseen", id: "decisions-title" }, "Decisions"),
    el(
      "div",
      { class: "tools" },
      this.#pause,
      el("label", { class: "field" }, "Tier", this.#tiers),
      el("label", { class: "field" }, "Outcome", this.#outcomes),
      this.#status,
    ),
    this.#table,
    this.#empty,
  );

  /**
   * @param {Model} model
   * @param {() => void} wake
   */
  constructor(model, wake) {
    this.#model = model;
    this.#wake = wake;
  }

  /**
   * Opens the explanation of the decision that the address names.
   *
   * @param {string} requestId empty for none
   */
  open(requestId) {
    this.#explanation.open(requestId);
  }

  /** Another view takes its place. */
  close() {
    this.#explanation.open("");
  }

  /** Shows what is new. */
  paint() {
    const { decisionChanges, decisions, samples } = this.#model;
    const perSecond = this.#model.rateOf("placed") +
      this.#model.rateOf("refused");
    this.#say(samples.length > 0 ? rate(perSecond) : "");
    if (decisionChanges === this.#seenChanges) return;
    this.#seenChanges = decisionChanges;
    this.#showTiers();
    const all = this.#held ?? decisions;
    /** @type {DecisionSummary[]} */
    const shown = [];
    for (let at = all.length - 1; at >= 0 && shown.length < ROWS_MAX; at--) {
      const decision = all[at];
      if (decision !== undefined && this.#isWanted(decision)) {
        shown.push(decision);
      }
    }
    this.#lay(shown);
    this.#table.hidden = shown.length === 0;
    this.#empty.hidden = shown.length > 0;
    say(
      this.#empty,
      all.length === 0 ? "No decision yet." : "No decision is like that.",
    );
  }

  /**
   * Rows that are there already stay: the focus may be on one.
   *
   * @param {readonly DecisionSummary[]} shown
   */
  #lay(shown) {
    const wanted = new Set(shown.map(({ request_id: id }) => id));
    for (const row of [...this.#body.rows]) {
      if (!wanted.has(row.dataset.id ?? "")) row.remove();
    }
    const nameOf = (/** @type {string} */ id) => this.#model.nameOf(id);
    let next = this.#body.firstElementChild;
    for (const decision of shown) {
      const id = decision.request_id;
      if (next?.getAttribute("data-id") === id) next = next.nextElementSibling;
      else this.#body.insertBefore(decisionRow(decision, nameOf), next);
    }
    while (next !== null) {
      const rest = next.nextElementSibling;
      next.remove();
      next = rest;
    }
  }

  /** @param {string} perSecond */
  #say(perSecond) {
    const { skipped, decisions } = this.#model;
    const words = [perSecond];
    if (this.#held !== undefined) {
      const news = decisions.length - decisions.indexOf(
        this.#held.at(-1) ?? /** @type {any} */ (undefined),
      ) - 1;
      words.push(`paused, ${counted(news, "new one")}`);
    }
    if (skipped > 0) {
      words.push(`${whole(skipped)} not shown: they came too fast`);
    }
    say(this.#status, words.filter((one) => one !== "").join(" · "));
  }

  #showTiers() {
    const tiers = this.#model.hello?.tiers ?? [];
    const key = tiers.join("\n");
    if (key === this.#shownTiers && this.#tiers.options.length > 0) return;
    this.#shownTiers = key;
    this.#tiers.replaceChildren(
      el("option", { value: "" }, "All"),
      ...tiers.map((tier) => el("option", { value: tier }, tier)),
    );
    this.#tiers.value = this.#tier;
  }

  #toggle() {
    this.#held = this.#held === undefined
      ? [...this.#model.decisions]
      : undefined;
    const isPaused = this.#held !== undefined;
    mark(this.#pause, "aria-pressed", `${isPaused}`);
    say(this.#pause, isPaused ? "Go on" : "Pause");
    this.#refresh();
  }

  /** @param {{ tier?: string, outcome?: string }} change */
  #filter({ tier = this.#tier, outcome = this.#outcome }) {
    this.#tier = tier;
    this.#outcome = outcome;
    this.#refresh();
  }

  #refresh() {
    this.#seenChanges = -1;
    this.#wake();
  }

  /** @param {DecisionSummary} decision */
  #isWanted({ tier, outcome }) {
    return (this.#tier === "" || tier === this.#tier) &&
      (this.#outcome === "" || outcome === this.#outcome);
  }
}
