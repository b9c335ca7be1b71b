/** The rows in sight of a long list: others don't exist, so that a thousand cost as much as a screenful. */
import { byId, el, mark } from "./element.js";
import { FleetRow } from "./fleet_row.js";

/** @import { ClientView } from "../wire/client_view.ts" */

/** Heights of a row as `views.css` has them, wide and narrow. */
const ROW_PX = 60;
const ROW_PX_NARROW = 168;
const NARROW = matchMedia("(max-width: 759px)");
/** Rows above and below the screen, so that scrolling finds something there. */
const ROWS_BEYOND = 4;
/** The heads of the columns, which cover rows, and some room. */
const HEADS_PX = 58;

/** Rows for a list of ids. The page scrolls, not the list. */
export class RowWindow {
  /** @type {readonly string[]} */
  #ids = [];
  /** @type {ReadonlyMap<string, ClientView>} */
  #clients = new Map();
  #nowMs = 0;
  /** @type {Map<string, FleetRow>} */
  #rows = new Map();
  /** At most as many as were ever in sight at once. @type {FleetRow[]} */
  #spare = [];
  /** Of all rows one is in the tab order. */
  #activeIndex = 0;
  element = el("div", {
    role: "rowgroup",
    class: "rows",
    keydown: (event) => this.#key(/** @type {KeyboardEvent} */ (event)),
  });

  /**
   * Puts a row where each backend in sight is. Rows that went out of sight serve the next ones.
   *
   * @param {readonly string[]} ids
   * @param {ReadonlyMap<string, ClientView>} clients
   * @param {number} nowMs
   */
  show(ids, clients, nowMs) {
    this.#ids = ids;
    this.#clients = clients;
    this.#nowMs = nowMs;
    this.#lay();
  }

  #lay() {
    const rowPx = rowHeight();
    this.element.style.height = `${this.#ids.length * rowPx}px`;
    const { top } = this.element.getBoundingClientRect();
    const first = Math.max(0, Math.floor(-top / rowPx) - ROWS_BEYOND);
    const end = Math.ceil((innerHeight - top) / rowPx) + ROWS_BEYOND;
    const ids = this.#ids.slice(first, Math.max(first, end));
    this.#release(new Set(ids));
    for (const [offset, id] of ids.entries()) {
      const client = this.#clients.get(id);
      if (client === undefined) continue;
      const index = first + offset;
      this.#rowOf(id).show(client, index, index * rowPx, this.#nowMs);
    }
    this.#activeIndex = Math.max(
      first,
      Math.min(this.#activeIndex, first + ids.length - 1),
    );
    this.#keepTabStop();
  }

  /** @param {ReadonlySet<string>} wanted */
  #release(wanted) {
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      this.#rows.delete(id);
      row.element.remove();
      this.#spare.push(row);
    }
  }

  /** @param {string} id */
  #rowOf(id) {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = this.#spare.pop() ?? new FleetRow();
    this.#rows.set(id, row);
    this.element.append(row.element);
    return row;
  }

  #keepTabStop() {
    const id = this.#ids[this.#activeIndex];
    for (const row of this.#rows.values()) {
      mark(row.link, "tabindex", row.id === id ? "0" : "-1");
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#focusedIndex();
    const page = Math.max(1, Math.floor(innerHeight / rowHeight()) - 3);
    const end = this.#ids.length - 1;
    /** @type {Readonly<Record<string, number>>} */
    const targets = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: end,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#focus(Math.max(0, Math.min(target, end)));
  }

  /** Where the focus is now: its backend may have moved since. */
  #focusedIndex() {
    for (const [id, { link }] of this.#rows) {
      if (link === document.activeElement) return this.#ids.indexOf(id);
    }
    return this.#activeIndex;
  }

  /** @param {number} index */
  #focus(index) {
    const rowPx = rowHeight();
    const top = this.element.getBoundingClientRect().top + index * rowPx;
    const below = top + rowPx - innerHeight;
    const coveredPx = byId("top").offsetHeight + HEADS_PX;
    if (top < coveredPx) scrollBy(0, top - coveredPx);
    else if (below > 0) scrollBy(0, below);
    this.#activeIndex = index;
    this.#lay();
    const id = this.#ids[index] ?? "";
    this.#rows.get(id)?.link.focus({ preventScroll: true });
  }
}

function rowHeight() {
  return NARROW.matches ? ROW_PX_NARROW : ROW_PX;
}
