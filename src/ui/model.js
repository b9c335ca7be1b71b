/** What the feed has told so far. It holds one fleet, the newest decisions and a few minutes of figures. */

import { backendName } from "./words.js";

/** @import { FeedDecisions, FeedFleet, FeedHello, FeedState } from "../wire/feed.ts" */
/** @import { ClientView } from "../wire/client_view.ts" */
/** @import { DecisionSummary } from "../wire/decision_answer.ts" */

/**
 * What happened in one second.
 * @typedef {{ readonly atS: number, readonly placed: number, readonly refused: number, readonly requests: number,
 *   readonly failed: number, readonly reasons: Readonly<Record<string, number>> }} Sample
 */

/** More are not read by anybody; the server has the others. */
const DECISIONS_MAX = 500;
/** Ten minutes, one a second. */
const SAMPLES_MAX = 600;
/** Ticks over which rates are averaged, so that they can be read. */
const RATE_SAMPLES = 5;

/** The newest word of each kind, with a number that grows with each change. */
export class Model {
  /** @type {FeedHello | undefined} */
  hello;
  /** @type {FeedState | undefined} */
  state;
  /** @type {Map<string, ClientView>} */
  clients = new Map();
  /** Newest last. @type {DecisionSummary[]} */
  decisions = [];
  /** Oldest first. @type {Sample[]} */
  samples = [];
  /** Decisions that came too fast to be told. */
  skipped = 0;
  /** Since when nothing comes, where that is no short break. @type {number | undefined} */
  cutAtMs;
  fleetChanges = 0;
  decisionChanges = 0;
  stateChanges = 0;

  /**
   * @param {string} name
   * @param {any} data
   */
  take(name, data) {
    switch (name) {
      case "hello":
        return this.#begin(data);
      case "fleet":
        return this.#takeFleet(data);
      case "decisions":
        return this.#takeDecisions(data);
      case "state":
        return this.#takeState(data);
    }
  }

  /** The server's clock: that of this machine may be off. */
  get nowMs() {
    return this.state === undefined ? Date.now() : Date.parse(this.state.at);
  }

  /** @param {string} id of a backend */
  nameOf(id) {
    return backendName(id, this.clients.get(id)?.hostname);
  }

  get mayChange() {
    return this.hello?.may_change === true;
  }

  /**
   * @param {"placed" | "refused" | "requests" | "failed"} what
   * @returns {number} a second, of late
   */
  rateOf(what) {
    const late = this.samples.slice(-RATE_SAMPLES);
    const sum = late.reduce((total, sample) => total + sample[what], 0);
    return late.length === 0 ? 0 : sum / late.length;
  }

  /**
   * A restarted server counts from zero.
   *
   * @param {FeedHello} hello
   */
  #begin(hello) {
    if (hello.started_at !== this.hello?.started_at) this.state = undefined;
    this.hello = hello;
    this.decisions = [];
    this.skipped = 0;
    this.stateChanges++;
    this.decisionChanges++;
  }

  /** @param {FeedFleet} fleet */
  #takeFleet({ whole, clients, gone }) {
    if (whole) this.clients.clear();
    for (const client of clients) this.clients.set(client.client_id, client);
    for (const id of gone) this.clients.delete(id);
    this.fleetChanges++;
  }

  /** @param {FeedDecisions} news */
  #takeDecisions({ decisions, skipped }) {
    this.skipped += skipped;
    this.decisions.push(...decisions);
    const surplus = this.decisions.length - DECISIONS_MAX;
    if (surplus > 0) this.decisions.splice(0, surplus);
    this.decisionChanges++;
  }

  /** @param {FeedState} state */
  #takeState(state) {
    const before = this.state;
    this.state = state;
    this.stateChanges++;
    if (before === undefined) return;
    const seconds = (Date.parse(state.at) - Date.parse(before.at)) / 1000;
    if (!(seconds > 0)) return;
    const reasons = state.refusal_reasons_total;
    this.samples.push({
      atS: Date.parse(state.at) / 1000,
      placed: grown(before, state, "placed") / seconds,
      refused: grown(before, state, "refused") / seconds,
      requests: (sum(state.requests_total) - sum(before.requests_total)) /
        seconds,
      failed: Math.max(
        0,
        (state.requests_total["5xx"] ?? 0) -
          (before.requests_total["5xx"] ?? 0),
      ) / seconds,
      reasons: Object.fromEntries(
        Object.entries(reasons).map(([reason, total]) => [
          reason,
          Math.max(0, total - (before.refusal_reasons_total[reason] ?? 0)) /
          seconds,
        ]),
      ),
    });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }
}

/**
 * @param {FeedState} before
 * @param {FeedState} now
 * @param {string} result
 */
function grown(before, now, result) {
  return (now.decisions_total[result] ?? 0) -
    (before.decisions_total[result] ?? 0);
}

/** @param {Readonly<Record<string, number>>} totals */
function sum(totals) {
  return Object.values(totals).reduce((total, one) => total + one, 0);
}
