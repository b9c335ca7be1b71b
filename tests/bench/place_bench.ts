/**
 * What one decision costs, booking included: `place/N` asks a fleet of N backends with 24 cores each, random reports
 * and a few hundred live leases that keep expiring, under the adaptive rule; `confirmed/N` is the same with sessions that
 * are confirmed, `request/N` with single requests whose ends are learned from, `classic/N` under the classic rule.
 * `naive/100` is the documented algorithm written plainly. First it is asserted that classic picks what naive picks, and
 * that adaptive picks what it explains.
 */
import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Routing } from "../../src/engine/balancer_options.ts";
import type { Coordinates } from "../../src/engine/distance.ts";
import { ADAPTIVE_DEFAULTS } from "../../src/engine/routing_options.ts";
import {
  OPTIONS,
  registration,
  report,
  stream,
  TIERS,
} from "../engine/fleets.ts";
import { type NaiveBackend, naiveBook, naivePick } from "../engine/naive.ts";

const SIZES = [1, 10, 100, 1000, 5000] as const;
const CORES = 24;
/** At most this many holds are live at a time: each ask moves the clock on by a share of the hold's time. */
const LIVE_HOLDS = 300;
const STEP_MS = OPTIONS.holdMs / LIVE_HOLDS;
/** Single requests come by the thousand each second. */
const REQUEST_STEP_MS = 0.2;
/** Callers sit in a few cities, as behind a GeoIP database. */
const CITIES: readonly Coordinates[] = [
  { latitude: 40.71, longitude: -74.01 },
  { latitude: 51.51, longitude: -0.13 },
  { latitude: 35.68, longitude: 139.69 },
  { latitude: -33.87, longitude: 151.21 },
];

const ADAPTIVE: Routing = { mode: "adaptive", options: ADAPTIVE_DEFAULTS };
const CLASSIC: Routing = { mode: "classic" };

/** One fleet, in the engine and plainly, and a clock. */
class Rig {
  readonly balancer: Balancer;
  readonly plain: NaiveBackend[] = [];
  now = 0;
  asks = 0;

  constructor(size: number, routing: Routing) {
    this.balancer = new Balancer({
      ...OPTIONS,
      routing,
      staleAfterMs: Infinity,
      chance: stream(size),
    });
    const next = stream(size);
    for (let i = 0; i < size; i++) {
      const backend = registration(i, next);
      const news = report(CORES, next);
      this.balancer.register(backend, 0);
      this.balancer.report(backend.id, news, 0);
      this.plain.push({
        registration: backend,
        report: news,
        reportedAt: 0,
        unhealthy: false,
        latencyMs: 0,
        holds: [],
      });
    }
  }

  /** What the engine says it would choose. */
  explained(): string | undefined {
    const ask = this.#ask();
    this.asks--;
    const { candidates } = this.balancer.explain(ask, this.now + STEP_MS)!;
    const first = candidates[0];
    return first?.kind === "fits" ? first.backendId : undefined;
  }

  confirmed(): void {
    this.now += STEP_MS;
    const decision = this.balancer.place(this.#ask(), this.now);
    if (decision.kind !== "placed") return;
    const { leaseId } = decision.hold;
    this.balancer.renew(leaseId, this.now, { isConfirmed: true });
  }

  request(): void {
    this.now += REQUEST_STEP_MS;
    const ask = { ...this.#ask(), isRequest: true };
    const decision = this.balancer.place(ask, this.now);
    if (decision.kind !== "placed") return;
    const answerMs = 5 + this.asks % 7;
    this.balancer.finish(
      decision.lease,
      { kind: "answered", answerMs },
      this.now,
    );
  }

  place(): string | undefined {
    this.now += STEP_MS;
    const decision = this.balancer.place(this.#ask(), this.now);
    return decision.kind === "placed" ? decision.backendId : undefined;
  }

  naive(): string | undefined {
    this.now += STEP_MS;
    const { tier: name, place } = this.#ask();
    const tier = TIERS.find((one) => one.name === name);
    assert.ok(tier !== undefined);
    const pick = naivePick(this.plain, tier, place, this.now, Infinity);
    if (pick !== undefined) naiveBook(pick, tier, this.now, OPTIONS.holdMs);
    return pick?.registration.id;
  }

  #ask(): { tier: string; place: Coordinates | undefined } {
    const ask = this.asks++;
    const tier = ask % 4 === 3 ? "medium" : "small";
    return { tier, place: CITIES[ask % CITIES.length] };
  }
}

for (const size of SIZES) {
  const adaptive: Rig = new Rig(size, ADAPTIVE);
  const classic: Rig = new Rig(size, CLASSIC);
  const plain: Rig = new Rig(size, CLASSIC);
  const asserted = size <= 100 ? 1000 : 50;
  for (let i = 0; i < asserted; i++) {
    assert.equal(classic.place(), plain.naive(), `ask ${i} of ${size}`);
    const wanted: string | undefined = adaptive.explained();
    assert.equal(adaptive.place(), wanted, `ask ${i} of ${size}`);
  }
  const confirmed = new Rig(size, ADAPTIVE);
  const requests = new Rig(size, ADAPTIVE);
  const group = `${size}`;
  Deno.bench({ name: `place/${size}`, group, fn: () => void adaptive.place() });
  Deno.bench({
    name: `confirmed/${size}`,
    group,
    fn: () => confirmed.confirmed(),
  });
  Deno.bench({ name: `request/${size}`, group, fn: () => requests.request() });
  Deno.bench({
    name: `classic/${size}`,
    group,
    fn: () => void classic.place(),
  });
  if (size === 100) {
    Deno.bench({
      name: "naive/100",
      group,
      baseline: true,
      fn: () => void plain.naive(),
    });
  }
}
