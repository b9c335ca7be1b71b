/** What stands above every view: the figures of this second, and what an operator must not overlook. */
import { byId, el, mark, say } from "./element.js";
import { conditionCounts } from "./fleet_order.js";
import { clockTime, counted, rate, whole } from "./words.js";

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
    const { stateChanges, fleetChanges, state, clients, hello, cutAtMs } =
      this.#model;
    const seen = `${stateChanges} ${fleetChanges} ${cutAtMs}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    if (hello !== undefined) {
      const { hostname, version } = hello;
      say(byId("server"), `Opsen ${version} on ${hostname}`);
    }
    if (state === undefined) return;
    const { ready, ejected, unhealthy, silent } = conditionCounts(clients);
    const out = ejected + unhealthy + silent;
    const all = `of ${whole(clients.size)}`;
    vital(
      "backends",
      whole(ready),
      out > 0 ? `${all}, ${whole(out)} out` : all,
      out > 0 ? "bad" : undefined,
    );
    const refused = this.#model.rateOf("refused");
    vital(
      "decisions",
      rate(this.#model.rateOf("placed") + refused),
      refused > 0 ? `${rate(refused)} refused` : "none refused",
      refused > 0 ? "warm" : undefined,
    );
    const failed = this.#model.rateOf("failed");
    vital(
      "requests",
      rate(this.#model.rateOf("requests")),
      failed > 0 ? `${rate(failed)} with 5xx` : failedOf(state.requests_total),
      failed > 0 ? "bad" : undefined,
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
    const { store, panic, status, config } = health;
    const { cutAtMs } = this.#model;
    const alerts = [];
    if (cutAtMs !== undefined) {
      const at = clockTime(new Date(cutAtMs).toISOString());
      alerts.push(
        `The server has not answered since ${at}; what is shown is older`,
      );
    }
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
    if (config?.is_newer_refused === true) {
      alerts.push(
        "The newest configuration was refused: opsen config history says why",
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
 * @param {"bad" | "warm"} [alarm]
 */
function vital(name, value, rest, alarm) {
  const place = byId(`vital-${name}`);
  if (place.childElementCount === 0) {
    place.replaceChildren(el("span"), el("span", { class: "sub" }));
  }
  say(place.firstElementChild, value);
  say(place.lastElementChild, rest);
  mark(place, "data-alarm", alarm);
  // Where there is little room the rest is cut off.
  mark(place, "title", `${value} ${rest}`);
}

/** @param {Readonly<Record<string, number>>} totals */
function failedOf(totals) {
  const all = Object.values(totals).reduce((sum, one) => sum + one, 0);
  const failed = totals["5xx"] ?? 0;
  if (all === 0) return "none yet";
  return failed === 0 ? "none with 5xx" : `${whole(failed)} with 5xx`;
}
