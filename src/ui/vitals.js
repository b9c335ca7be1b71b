/** What stands above every view: the figures of this second, and what an operator must not overlook. */
import { byId, el, say } from "./element.js";
import { conditionCounts } from "./fleet_order.js";
import { counted, rate, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { FeedState } from "../wire/feed.ts" */

/** The figures and the alerts. */
export class Vitals {
  #model;
  #seen = "";
  #alerts = "";

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
  }

  /** Shows what is new. */
  paint() {
    const { stateChanges, fleetChanges, state, clients, hello } = this.#model;
    const seen = `${stateChanges} ${fleetChanges}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    if (hello !== undefined) {
      const { hostname, version, key_name: key } = hello;
      say(byId("server"), `Opsen ${version} on ${hostname}`);
      say(byId("key"), key === undefined ? "" : `Key “${key}”`);
    }
    if (state === undefined) return;
    const { ready } = conditionCounts(clients);
    vital("backends", whole(ready), `of ${whole(clients.size)} ready`);
    const refused = this.#model.rateOf("refused");
    vital(
      "decisions",
      rate(this.#model.rateOf("placed") + refused),
      refused > 0 ? `${rate(refused)} refused` : "none refused",
    );
    vital(
      "requests",
      rate(this.#model.rateOf("requests")),
      failedOf(state.requests_total),
    );
    vital(
      "in-flight",
      whole(state.in_flight),
      `on ${counted(state.connections, "connection")}`,
    );
    vital("leases", whole(state.leases), counted(state.sessions, "session"));
    vital("waiting", whole(state.waiting), "for room");
    this.#alert(state);
  }

  /** @param {FeedState} state */
  #alert({ health }) {
    const { store, panic, status } = health;
    const alerts = [];
    if (store?.status === "degraded") {
      alerts.push(`The database takes no writes: ${store.reason}`);
    }
    if (panic !== undefined) {
      const what = panic.mode === "fail_open"
        ? "they get work all the same"
        : "they get no work";
      alerts.push(
        `${whole(panic.out)} of ${
          whole(panic.of)
        } backends are out, more than half: ${what}`,
      );
    }
    if (status !== "healthy") alerts.push(`The server says it is ${status}`);
    const text = alerts.join("\n");
    if (text === this.#alerts) return;
    this.#alerts = text;
    byId("alerts").replaceChildren(
      ...alerts.map((one) => el("p", { class: "alert" }, one)),
    );
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} rest
 */
function vital(name, value, rest) {
  const place = byId(`vital-${name}`);
  if (place.childElementCount === 0) {
    place.replaceChildren(el("span"), el("span", { class: "sub" }));
  }
  say(place.firstElementChild, value);
  say(place.lastElementChild, rest);
}

/** @param {Readonly<Record<string, number>>} totals */
function failedOf(totals) {
  const all = Object.values(totals).reduce((sum, one) => sum + one, 0);
  const failed = totals["5xx"] ?? 0;
  if (all === 0) return "none yet";
  return failed === 0 ? "none failed" : `${whole(failed)} failed`;
}
