/** What was refused and why, over the last minutes, and which backends are out: ejected, draining, unhealthy, silent. */
import { Chart } from "./charts.js";
import { badgeOf, conditionOf, reasonOf } from "./condition.js";
import { drainButton } from "./drain_buttons.js";
import { el, say, svg } from "./element.js";
import { linePath } from "./gauges.js";
import { rate, reasonWords, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { ClientView } from "../wire/client_view.ts" */

/** Rows of the table of those that are out. */
const OUT_MAX = 100;
/** A line begins to fill its width after a minute. */
const SPARK_SLOTS_MIN = 60;
/** A figure of one second alone would jump. */
const NOW_SAMPLES = 5;
const SPARK_WIDTH = 160;
const SPARK_HEIGHT = 28;

/** The view. */
export class RefusalsView {
  #model;
  #seenState = -1;
  #seenFleet = "";
  #chart = new Chart();
  #placed = el("span");
  #refused = el("span");
  #reasons = el("tbody");
  #out = el("tbody");
  #noReasons = el(
    "p",
    { class: "empty" },
    "Nothing was refused since the start.",
  );
  #noneOut = el("p", { class: "empty" }, "Every backend is in service.");
  #reasonTable = tableOf(
    "Why backends were passed over in refusals",
    ["Reason", "Of late", "Now", "Since start"],
    this.#reasons,
  );
  #outTable = tableOf(
    "Backends that get no work",
    ["Backend", "State", "Why", ""],
    this.#out,
  );
  element = el(
    "section",
    { "aria-labelledby": "refusals-title" },
    el("h1", { class: "unseen", id: "refusals-title" }, "Refusals"),
    el(
      "figure",
      { class: "wide-chart" },
      el(
        "figcaption",
        {},
        el("span", { class: "chart-title" }, "Decisions a second"),
        key(0, this.#placed),
        key(3, this.#refused),
      ),
      this.#chart.element,
    ),
    this.#reasonTable,
    this.#noReasons,
    this.#outTable,
    this.#noneOut,
  );

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
  }

  /** Another view takes its place. */
  close() {
    this.#chart.close();
  }

  /** Shows what is new. */
  paint() {
    const { stateChanges, fleetChanges, mayChange } = this.#model;
    if (stateChanges !== this.#seenState) {
      this.#seenState = stateChanges;
      this.#showRates();
      this.#showReasons();
    }
    const seen = `${fleetChanges} ${mayChange}`;
    if (seen === this.#seenFleet) return;
    this.#seenFleet = seen;
    this.#showOut();
  }

  #showRates() {
    const { samples } = this.#model;
    say(this.#placed, `placed ${rate(this.#model.rateOf("placed"))}`);
    say(this.#refused, `refused ${rate(this.#model.rateOf("refused"))}`);
    if (samples.length < 2) return;
    this.#chart.show({
      at: samples.map(({ atS }) => atS),
      unit: "",
      lines: [
        {
          label: "placed",
          colour: 0,
          values: samples.map(({ placed }) => placed),
          isFilled: true,
        },
        {
          label: "refused",
          colour: 3,
          values: samples.map(({ refused }) => refused),
        },
      ],
    });
  }

  #showReasons() {
    const { samples, state } = this.#model;
    const reasons = Object.entries(state?.refusal_reasons_total ?? {})
      .filter(([, total]) => total > 0)
      .sort(([, a], [, b]) => b - a);
    this.#reasonTable.hidden = reasons.length === 0;
    this.#noReasons.hidden = reasons.length > 0;
    this.#reasons.replaceChildren(...reasons.map(([reason, total]) => {
      const values = samples.map((sample) => sample.reasons[reason] ?? 0);
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, reasonWords(reason)),
        el("td", {}, spark(values)),
        el("td", { class: "number" }, rate(meanOf(values.slice(-NOW_SAMPLES)))),
        el("td", { class: "number" }, whole(total)),
      );
    }));
  }

  /** A row whose text is as before stays, with the focus that may be on its button. */
  #showOut() {
    const out = [...this.#model.clients.values()].filter(isOut)
      .slice(0, OUT_MAX);
    this.#outTable.hidden = out.length === 0;
    this.#noneOut.hidden = out.length > 0;
    const known = new Map(
      [...this.#out.rows].map((row) => [row.dataset.text ?? "", row]),
    );
    const rows = out.map((client) => {
      const text = JSON.stringify([
        client.client_id,
        badgeOf(client),
        reasonOf(client),
        client.drain?.by,
        this.#model.mayChange,
      ]);
      return known.get(text) ?? this.#outRow(client, text);
    });
    const isSame = rows.length === this.#out.rows.length &&
      rows.every((row, index) => row === this.#out.rows[index]);
    if (!isSame) this.#out.replaceChildren(...rows);
  }

  /**
   * @param {ClientView} client
   * @param {string} text
   */
  #outRow(client, text) {
    const id = client.client_id;
    return el(
      "tr",
      { "data-text": text },
      el(
        "th",
        { scope: "row" },
        el("a", { href: `#fleet/${encodeURIComponent(id)}` }, id),
      ),
      el(
        "td",
        {},
        el(
          "span",
          { class: "badge", "data-condition": conditionOf(client) },
          badgeOf(client),
        ),
      ),
      el("td", {}, reasonOf(client)),
      el(
        "td",
        { class: "number" },
        this.#model.mayChange && drainButton(client),
      ),
    );
  }
}

/** @param {ClientView} client */
function isOut(client) {
  return !["ready", "full"].includes(conditionOf(client));
}

/** @param {readonly number[]} values */
function meanOf(values) {
  const sum = values.reduce((sum, one) => sum + one, 0);
  return values.length === 0 ? 0 : sum / values.length;
}

/** @param {readonly number[]} values */
function spark(values) {
  const slots = Math.max(SPARK_SLOTS_MIN, values.length);
  return svg(
    "svg",
    {
      class: "spark",
      viewBox: `0 -1 ${SPARK_WIDTH} ${SPARK_HEIGHT + 2}`,
      "aria-hidden": "true",
    },
    svg("path", {
      d: linePath(values, SPARK_WIDTH, SPARK_HEIGHT, slots),
    }),
  );
}

/**
 * @param {number} colour
 * @param {HTMLElement} text
 */
function key(colour, text) {
  return el(
    "span",
    { class: "key" },
    el("i", { class: `swatch series-${colour}`, "aria-hidden": "true" }),
    text,
  );
}

/**
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {HTMLTableSectionElement} body
 */
function tableOf(caption, heads, body) {
  return el(
    "table",
    { class: "plain", hidden: true },
    el("caption", {}, caption),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...heads.map((head) =>
          el(head === "" ? "td" : "th", {
            class: /^(Now|Since)/.test(head) ? "number" : "",
          }, head)
        ),
      ),
    ),
    body,
  );
}
