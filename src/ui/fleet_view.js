/** The fleet as a table that can be sorted, searched and filtered. */
import { CONDITION_WORDS, CONDITIONS } from "./condition.js";
import { el, mark, say } from "./element.js";
import { conditionCounts, orderedIds } from "./fleet_order.js";
import { RowWindow } from "./row_window.js";
import { counted, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { Condition } from "./condition.js" */
/** @import { Column, Order } from "./fleet_order.js" */

/** Rows that changed their places each second could be read by nobody. */
const REORDER_MS = 3000;

/** @type {readonly (readonly [Column, string])[]} */
const COLUMNS = [
  ["name", "Backend"],
  ["state", "State"],
  ["cpu", "CPU"],
  ["memory", "Memory"],
  ["disk", "Disk"],
  ["gpu", "GPU"],
  ["held", "Held"],
  ["latency", "Latency"],
];

/** The view. */
export class FleetView {
  #model;
  #wake;
  /** @type {Order} */
  #order = { column: "name", isDescending: false, text: "", condition: "all" };
  /** @type {readonly string[]} */
  #ids = [];
  #seenChanges = -1;
  #orderedAtMs = -Infinity;
  /** Who joins is seen at once. */
  #orderedSize = 0;
  /** Another order is wanted: at once. */
  #isOrderWrong = true;
  /** The fleet has changed since: before long. */
  #isOrderOld = false;
  #rows = new RowWindow();
  #heads = COLUMNS.map(([column, label]) => this.#head(column, label));
  #table = el(
    "div",
    { role: "table", class: "fleet", "aria-label": "Backends" },
    el(
      "div",
      { role: "rowgroup", class: "heads" },
      el(
        "div",
        { role: "row", class: "row head", "aria-rowindex": "1" },
        ...this.#heads,
      ),
    ),
    this.#rows.element,
  );
  #count = el("p", { class: "sub count", role: "status" });
  #chips = [
    this.#chip("all", "All"),
    ...CONDITIONS.map((one) => this.#chip(one, CONDITION_WORDS[one])),
  ];
  #empty = el("p", { class: "empty", hidden: true });
  element = el(
    "section",
    { "aria-labelledby": "fleet-title" },
    el("h1", { class: "unseen", id: "fleet-title" }, "Fleet"),
    el(
      "div",
      { class: "tools" },
      this.#search(),
      el(
        "div",
        { class: "chips", role: "group", "aria-label": "Filter by state" },
        ...this.#chips.map(({ button }) => button),
      ),
      this.#sorter(),
      this.#count,
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
    addEventListener("scroll", wake, { passive: true });
    addEventListener("resize", wake, { passive: true });
  }

  /** Brings the rows in sight up to date. */
  paint() {
    const { clients, fleetChanges, nowMs } = this.#model;
    if (fleetChanges !== this.#seenChanges) {
      this.#seenChanges = fleetChanges;
      this.#countUp();
      this.#isOrderOld = true;
      this.#ids = this.#ids.filter((id) => clients.has(id));
    }
    const isDue = performance.now() - this.#orderedAtMs > REORDER_MS ||
      clients.size !== this.#orderedSize;
    if (this.#isOrderWrong || this.#isOrderOld && isDue) this.#reorder();
    this.#rows.show(this.#ids, clients, nowMs);
  }

  #reorder() {
    this.#isOrderWrong = this.#isOrderOld = false;
    this.#orderedAtMs = performance.now();
    this.#ids = orderedIds(this.#model.clients, this.#order);
    const { column, isDescending } = this.#order;
    for (const head of this.#heads) {
      const sort = isDescending ? "descending" : "ascending";
      const isIt = head.dataset.column === column;
      mark(head, "aria-sort", isIt ? sort : "none");
    }
    const total = this.#orderedSize = this.#model.clients.size;
    const shown = this.#ids.length;
    const all = counted(total, "backend");
    say(this.#count, shown === total ? all : `${whole(shown)} of ${all}`);
    mark(this.#table, "aria-rowcount", `${shown + 1}`);
    this.#table.hidden = shown === 0;
    this.#empty.hidden = shown > 0;
    say(this.#empty, this.#emptyWords(total));
  }

  /** @param {number} total */
  #emptyWords(total) {
    if (total > 0) return "No backend is like that.";
    return this.#model.fleetChanges === 0
      ? "Waiting for the server …"
      : "No backend has registered yet: start “opsen client” on a machine.";
  }

  #countUp() {
    const counts = conditionCounts(this.#model.clients);
    for (const { condition, button, count } of this.#chips) {
      say(count, whole(counts[condition]));
      const isOn = condition === this.#order.condition;
      mark(button, "aria-pressed", `${isOn}`);
      button.hidden = counts[condition] === 0 && !isOn && condition !== "all";
    }
  }

  /** @param {Partial<Order>} change */
  #change(change) {
    Object.assign(this.#order, change);
    this.#isOrderWrong = true;
    this.#countUp();
    this.#wake();
  }

  /**
   * @param {Column} column
   * @param {string} label
   */
  #head(column, label) {
    const click = () => {
      const isSame = this.#order.column === column;
      this.#change({
        column,
        isDescending: isSame ? !this.#order.isDescending : column !== "name",
      });
    };
    return el(
      "div",
      { role: "columnheader", class: "cell", "data-column": column },
      el("button", { type: "button", class: "sort", click }, label),
    );
  }

  #search() {
    return el(
      "label",
      { class: "search" },
      el("span", { class: "unseen" }, "Find a backend"),
      el("input", {
        type: "search",
        placeholder: "Name, place, GPU, reason …",
        input: ({ target }) =>
          this.#change({
            text: /** @type {HTMLInputElement} */ (target).value,
          }),
      }),
    );
  }

  /**
   * @param {Condition | "all"} condition
   * @param {string} label
   */
  #chip(condition, label) {
    const count = el("span", { class: "chip-count" }, "0");
    const click = () => this.#change({ condition });
    const button = el(
      "button",
      {
        type: "button",
        class: "chip",
        "data-condition": condition,
        "aria-pressed": `${condition === "all"}`,
        hidden: condition !== "all",
        click,
      },
      label,
      count,
    );
    return { condition, button, count };
  }

  /** Narrow screens have no heads of columns. */
  #sorter() {
    const change = (/** @type {Event} */ { target }) => {
      const column = /** @type {Column} */ (
        /** @type {HTMLSelectElement} */ (target).value
      );
      this.#change({ column, isDescending: column !== "name" });
    };
    return el(
      "label",
      { class: "sorter" },
      "Sort by ",
      el(
        "select",
        { change },
        ...COLUMNS.map(([column, label]) =>
          el("option", { value: column }, label)
        ),
      ),
    );
  }
}
