/** Leases a page at a time, with a button to release each. */
import { confirm } from "./dialog.js";
import { el, say } from "./element.js";
import { call } from "./request.js";
import { counted, span, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { LeaseAnswer, LeasesAnswer } from "../wire/lease_answer.ts" */

/** As many as fit on a screen or two. */
const PAGE = 50;
/** While the view is open the page of leases is asked for again. */
const REFRESH_MS = 10_000;

/** @type {Readonly<Record<string, string>>} */
const CLASSES = {
  Session: "col-session",
  State: "col-state",
  Age: "number",
  "Ends in": "number col-ends-in",
};

/** The view. */
export class LeasesView {
  #model;
  /** The backend whose leases are wanted; empty for all. */
  #backend = "";
  /** Where each page before this one began, so that there is a way back. @type {string[]} */
  #before = [];
  #after = "";
  #next = "";
  #askedAtMs = -Infinity;
  #asked = 0;
  #body = el("tbody");
  #status = el("p", { class: "sub count", role: "status" });
  #fault = el("p", { class: "fault", role: "alert" });
  #empty = el("p", { class: "empty", hidden: true }, "No leases.");
  #find = el("input", {
    type: "search",
    placeholder: "Backend id",
    change: () => {
      const id = encodeURIComponent(this.#find.value.trim());
      location.hash = id === "" ? "#leases" : `#leases/${id}`;
    },
  });
  #back = this.#button("Previous", () => {
    this.#after = this.#before.pop() ?? "";
  });
  #on = this.#button("Next", () => {
    this.#before.push(this.#after);
    this.#after = this.#next;
  });
  #table = el(
    "table",
    { class: "plain" },
    el("caption", { class: "unseen" }, "Leases, oldest first"),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...[
          "Lease",
          "Backend",
          "Tier",
          "Session",
          "State",
          "Age",
          "Ends in",
          "",
        ]
          .map((head) =>
            el(
              head === "" ? "td" : "th",
              { class: CLASSES[head] ?? "" },
              head,
            )
          ),
      ),
    ),
    this.#body,
  );
  element = el(
    "section",
    { "aria-labelledby": "leases-title" },
    el("h1", { class: "unseen", id: "leases-title" }, "Leases"),
    el(
      "div",
      { class: "tools" },
      el(
        "label",
        { class: "search" },
        el("span", { class: "unseen" }, "Leases of the backend"),
        this.#find,
      ),
      this.#status,
    ),
    this.#fault,
    this.#table,
    this.#empty,
    el("div", { class: "buttons pages" }, this.#back, this.#on),
  );

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
  }

  /** @param {string} backend whose leases are wanted; empty for all */
  open(backend) {
    if (backend !== this.#backend) {
      this.#backend = backend;
      this.#before = [];
      this.#after = "";
      this.#find.value = backend;
    }
    this.#load();
  }

  /** Asks again when the page is old. */
  paint() {
    if (performance.now() - this.#askedAtMs > REFRESH_MS) this.#load();
  }

  async #load() {
    const asked = ++this.#asked;
    this.#askedAtMs = performance.now();
    const query = new URLSearchParams({ limit: `${PAGE}` });
    if (this.#after !== "") query.set("after", this.#after);
    if (this.#backend !== "") query.set("client_id", this.#backend);
    try {
      const page = await call("GET", `/_opsen/leases?${query}`);
      if (asked !== this.#asked) return;
      say(this.#fault, "");
      this.#show(page);
    } catch (error) {
      if (asked !== this.#asked) return;
      say(this.#fault, error instanceof Error ? error.message : "");
    }
  }

  /** @param {LeasesAnswer} page */
  #show({ leases, total, next = "" }) {
    this.#next = next;
    const first = this.#before.length * PAGE;
    const range = total > leases.length && leases.length > 0
      ? `${whole(first + 1)}–${whole(first + leases.length)} of `
      : "";
    say(this.#status, `${range}${counted(total, "lease")}`);
    this.#back.disabled = this.#before.length === 0;
    this.#on.disabled = next === "";
    this.#back.hidden = this.#on.hidden = total <= PAGE;
    this.#table.hidden = leases.length === 0;
    this.#empty.hidden = leases.length > 0;
    const focused = document.activeElement?.getAttribute("data-lease");
    this.#body.replaceChildren(...leases.map((lease) => this.#row(lease)));
    for (const button of this.#body.querySelectorAll("button")) {
      if (focused != null && button.dataset.lease === focused) button.focus();
    }
  }

  /** @param {LeaseAnswer} lease */
  #row(lease) {
    const { lease_id: id, client_id: backend, gpus, sticky_id: session = "" } =
      lease;
    const { nowMs } = this.#model;
    const age = (nowMs - Date.parse(lease.placed_at)) / 1000;
    const left = (Date.parse(lease.expires_at) - nowMs) / 1000;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("code", {}, id)),
      el(
        "td",
        {},
        el(
          "a",
          { href: `#fleet/${encodeURIComponent(backend)}` },
          this.#model.nameOf(backend),
        ),
      ),
      el(
        "td",
        {},
        lease.tier,
        gpus.length > 0 &&
          el("span", { class: "sub" }, ` GPU ${gpus.join(", ")}`),
      ),
      el(
        "td",
        { class: "col-session" },
        el("span", { class: "ellipsis", title: session }, session),
      ),
      el(
        "td",
        { class: "col-state" },
        el(
          "span",
          { class: "outcome", "data-outcome": lease.state },
          lease.state,
        ),
      ),
      el("td", { class: "number col-age" }, span(age)),
      el("td", { class: "number col-ends-in" }, span(left)),
      el(
        "td",
        { class: "number" },
        this.#model.mayChange && this.#release(lease),
      ),
    );
  }

  /** @param {LeaseAnswer} lease */
  #release({ lease_id: id, client_id: backend }) {
    return el("button", {
      type: "button",
      class: "quiet",
      "data-lease": id,
      "aria-label": `Release lease ${id}`,
      click: () =>
        confirm({
          title: `Release lease ${id}?`,
          text:
            `Its room on ${backend} is given away. A caller that still uses it is not told.`,
          verb: "Release",
          isDanger: true,
          act: async () => {
            await call("DELETE", `/_opsen/leases/${encodeURIComponent(id)}`);
            await this.#load();
          },
        }),
    }, "Release");
  }

  /**
   * @param {string} label
   * @param {() => void} turn
   */
  #button(label, turn) {
    const click = () => {
      turn();
      this.#load();
    };
    return el("button", { type: "button", hidden: true, click }, label);
  }
}
