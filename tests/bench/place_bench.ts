/**
 * What one decision costs, booking included: `place/N` asks a fleet of N backends with 24 cores each, random reports
 * and a few hundred live holds that keep expiring; `naive/100` is the documented algorithm written plainly. Both
 * assert first that they pick the same backends.
 */
import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Coordinates } from "../../src/engine/distance.ts";
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
/** Callers sit in a few cities, as behind a GeoIP database. */
const CITIES: readonly Coordinates[] = [
  { latitude: 40.71, longitude: -74.01 },
  { latitude: 51.51, longitude: -0.13 },
  { latitude: 35.68, longitude: 139.69 },
  { latitude: -33.87, longitude: 151.21 },
];

/** One fleet, in the engine and plainly, and a clock. */
class Rig {
  readonly balancer = new Balancer({ ...OPTIONS, staleAfterMs: Infinity });
  readonly plain: NaiveBackend[] = [];
  now = 0;
  asks = 0;

  constructor(size: number) {
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
  const engine = new Rig(size);
  const plain = new Rig(size);
  const asserted = size <= 100 ? 1000 : 50;
  for (let i = 0; i < asserted; i++) {
    assert.equal(engine.place(), plain.naive(), `ask ${i} of ${size}`);
  }
  Deno.bench({
    name: `place/${size}`,
    group: `${size}`,
    fn: () => void engine.place(),
  });
  if (size === 100) {
    Deno.bench({
      name: "naive/100",
      group: "100",
      baseline: true,
      fn: () => void plain.naive(),
    });
  }
}
