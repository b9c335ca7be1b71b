import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerSettings } from "../../src/engine/balancer_options.ts";
import type { Ask, Placed, Refused } from "../../src/engine/decision.ts";
import type { Coordinates } from "../../src/engine/distance.ts";
import type { Tier } from "../../src/engine/tier.ts";
import { seedOf } from "../seed.ts";
import { ADAPTIVE, type Next, OPTIONS, report, stream } from "./fleets.ts";
import { registered } from "./machines.ts";
import { small } from "./place_worlds.ts";

const WORLDS = 400;
const STEPS = 80;
const TIER_NAMES = ["a", "b", "c"] as const;
/** What machines call their countries, and which those are. */
const COUNTRIES: readonly (readonly [string, string | undefined])[] = [
  ["FR", "FR"],
  ["France", "FR"],
  ["de", "DE"],
  ["Germany", "DE"],
  ["US", "US"],
  ["", undefined],
  ["Utopia", undefined],
];
const CITIES: readonly Coordinates[] = [
  { latitude: 48.9, longitude: 2.4 },
  { latitude: 52.5, longitude: 13.4 },
  { latitude: 40.7, longitude: -74 },
  { latitude: -41.3, longitude: 174.8 },
  { latitude: 89, longitude: -120 },
];
const EARTH_KM = 6371;

/** Where a machine is, as the test knows it. */
interface Known {
  readonly place: Coordinates | undefined;
  readonly country: string | undefined;
}

/** A lease that lives until then. */
interface Live {
  readonly backendId: string;
  readonly leaseId: number;
  readonly expiresAt: number;
}

function oneOf<One>(next: Next, all: readonly One[]): One {
  return all[Math.floor(next() * all.length)]!;
}

function vectorOf({ latitude, longitude }: Coordinates) {
  const [up, around] = [latitude * Math.PI / 180, longitude * Math.PI / 180];
  const flat = Math.cos(up);
  return [flat * Math.cos(around), flat * Math.sin(around), Math.sin(up)];
}

/** The angle between two vectors, which is not how the engine does it. */
function kmBetween(a: Coordinates, b: Coordinates): number {
  const [from, to] = [vectorOf(a), vectorOf(b)];
  const square = from.reduce((sum, x, i) => sum + (x - to[i]!) ** 2, 0);
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(square) / 2));
}

class World {
  readonly #next: Next;
  readonly #settings: BalancerSettings;
  readonly #balancer: Balancer;
  readonly #machines = new Map<string, Known>();
  /** By session and tier, or by key. */
  readonly #live = new Map<string, Live>();
  #tiers: readonly Tier[];
  #now = 0;
  placed = 0;
  placedWithLimits = 0;
  refused = 0;

  constructor(next: Next) {
    this.#next = next;
    this.#tiers = this.#someTiers();
    this.#settings = {
      ...OPTIONS,
      routing: next() < 0.5 ? ADAPTIVE : OPTIONS.routing,
      staleAfterMs: Infinity,
      queue: { lengthMax: 5, waitMsMax: 20_000 },
    };
    const tiers = this.#tiers;
    this.#balancer = new Balancer({ ...this.#settings, tiers, chance: next });
    for (let i = 0; i < 1 + 6 * next(); i++) this.#register(`m${i}`);
  }

  step(): void {
    const next = this.#next;
    this.#now += Math.floor(next() * 8000);
    // Who has waited long enough is told under the settings of then.
    this.#balancer.sweep(this.#now);
    const choice = next();
    if (choice < 0.08) this.#register(oneOf(next, [...this.#machines.keys()]));
    else if (choice < 0.14) {
      const id = oneOf(next, [...this.#machines.keys()]);
      this.#balancer.report(
        id,
        report(1 + Math.floor(8 * next()), next),
        this.#now,
      );
    } else if (choice < 0.18) {
      this.#tiers = this.#someTiers();
      const settings = { ...this.#settings, tiers: this.#tiers };
      this.#balancer.reconfigure(settings, this.#now);
    } else if (choice < 0.3) this.#release();
    else if (choice < 0.4) this.#wait();
    else this.#place();
  }

  #register(id: string): void {
    const [country, code] = oneOf(this.#next, COUNTRIES);
    const point = this.#point();
    const place = point && { ...point, country, city: "" };
    this.#machines.set(id, { place: point, country: place && code });
    const isNew = this.#balancer.register(registered(id, { place }), this.#now);
    if (isNew !== "registered") return;
    const cores = 1 + Math.floor(8 * this.#next());
    this.#balancer.report(id, report(cores, this.#next), this.#now);
  }

  /** One time in five nowhere that is known. */
  #point(): Coordinates | undefined {
    const next = this.#next;
    if (next() < 0.2) return undefined;
    const { latitude, longitude } = oneOf(next, CITIES);
    return { latitude: latitude - next(), longitude: longitude + next() };
  }

  #someTiers(): readonly Tier[] {
    const next = this.#next;
    return TIER_NAMES.map((name) =>
      small(name, {
        vcpu: 1 + Math.floor(2 * next()),
        maxDistanceKm: oneOf(next, [Infinity, 100, 900, 6000]),
        countries: new Set(
          ["FR", "DE", "US"].filter(() => next() < 0.4),
        ),
      })
    );
  }

  #ask(): Ask {
    const next = this.#next;
    const kind = next();
    return {
      tier: oneOf(next, TIER_NAMES),
      place: this.#point(),
      ...(kind < 0.4 && { stickyId: `s${Math.floor(4 * next())}` }),
      ...(kind > 0.6 && kind < 0.8 &&
        { idempotencyKey: `k${Math.floor(4 * next())}` }),
      isRequest: kind > 0.8,
    };
  }

  #place(): void {
    const ask = this.#ask();
    const plan = this.#balancer.explain(ask, this.#now);
    const out = plan?.candidates.filter((one) =>
      one.kind === "removed" && one.reason === "place"
    );
    assert.equal(out?.length, this.#outOfPlace(ask));
    const decision = this.#balancer.place(ask, this.#now);
    if (decision.kind === "refused") this.#checkRefusal(ask, decision);
    else if (decision.kind === "placed") this.#checkPlacement(ask, decision);
    else assert.equal(decision.kind, "key_reused");
    if (decision.kind === "placed" && ask.isRequest) {
      const outcome = { kind: "answered", answerMs: 5 } as const;
      this.#balancer.finish(decision.lease, outcome, this.#now);
    }
  }

  #wait(): void {
    const ask = { ...this.#ask(), isRequest: false };
    this.#balancer.wait(ask, this.#now, (waited) => {
      if (waited.kind === "refused") this.#checkRefusal(ask, waited);
      else if (waited.kind === "placed") this.#checkPlacement(ask, waited);
      else assert.equal(waited.kind, "key_reused");
    });
  }

  #release(): void {
    const [entry] = this.#live;
    if (entry === undefined) return;
    const [name, { leaseId }] = entry;
    this.#live.delete(name);
    this.#balancer.release(leaseId, this.#now);
  }

  #checkPlacement(ask: Ask, { backendId, hold }: Placed): void {
    const tier = this.#tierOf(ask);
    const known = this.#machines.get(backendId);
    assert.ok(known !== undefined);
    assert.ok(this.#isAllowed(known, tier), `in ${known.country}`);
    const name = ask.idempotencyKey ?? `${ask.stickyId} ${ask.tier}`;
    const live = this.#live.get(name);
    const isKept = live?.backendId === backendId && live.expiresAt > this.#now;
    assert.ok(isKept || this.#isNear(known, tier, ask), "too far away");
    this.placed++;
    if (tier.countries.size > 0 && tier.maxDistanceKm < Infinity) {
      this.placedWithLimits++;
    }
    if (ask.isRequest) return;
    const { leaseId, expiresAt } = hold;
    this.#live.set(name, { backendId, leaseId, expiresAt });
  }

  #checkRefusal(ask: Ask, { tally, fleetSize }: Refused): void {
    const sum = Object.values(tally).reduce((a, b) => a + b, 0);
    assert.deepEqual([sum, fleetSize], [fleetSize, this.#machines.size]);
    assert.equal(tally.place, this.#outOfPlace(ask));
    this.refused++;
  }

  #outOfPlace(ask: Ask): number {
    const tier = this.#tierOf(ask);
    return [...this.#machines.values()].filter((known) =>
      !this.#isAllowed(known, tier) || !this.#isNear(known, tier, ask)
    ).length;
  }

  #isAllowed({ country }: Known, { countries }: Tier): boolean {
    return countries.size === 0 ||
      (country !== undefined && countries.has(country));
  }

  #isNear({ place }: Known, { maxDistanceKm }: Tier, ask: Ask): boolean {
    return place === undefined || ask.place === undefined ||
      kmBetween(place, ask.place) <= maxDistanceKm;
  }

  #tierOf(ask: Ask): Tier {
    return this.#tiers.find(({ name }) => name === ask.tier)!;
  }
}

Deno.test("nothing is ever placed in a country or at a distance that its tier rules out, and refusals count all machines", () => {
  const seed = seedOf("places");
  const sums = { placed: 0, placedWithLimits: 0, refused: 0 };
  for (let run = 0; run < WORLDS; run++) {
    const world = new World(stream(seed + run));
    try {
      for (let step = 0; step < STEPS; step++) world.step();
    } catch (error) {
      throw new Error(`World of seed ${seed + run}`, { cause: error });
    }
    sums.placed += world.placed;
    sums.placedWithLimits += world.placedWithLimits;
    sums.refused += world.refused;
  }
  const isWorthIt = sums.placed > 10 * WORLDS &&
    sums.placedWithLimits > WORLDS && sums.refused > 10 * WORLDS;
  assert.ok(isWorthIt, JSON.stringify(sums));
});
