import assert from "node:assert/strict";
import fc from "fast-check";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { recordOf } from "../../src/engine/lease_record.ts";
import { seedOf } from "../seed.ts";
import { adaptive } from "./adaptive_routing.ts";
import { type Next, OPTIONS, stream, tiersOf } from "./fleets.ts";
import { registered } from "./machines.ts";
import { reportOf } from "./room_machines.ts";

const RUNS = 400;
const STEPS = 60;
/** Tiers that leases are booked of, and that stay what they are. */
const STANDING = tiersOf([
  ["tenth", 1, 0.1, 0.3, 0, 0],
  ["third", 3, 10 / 3, 0.7, 0, 0],
  ["card", 1, 0.2, 0, 1, 7.7],
  ["whole card", 1, 0.2, 0, 2, 0],
]);
/** Tiers that come, go and change their needs. */
const PASSING = [
  tiersOf([["passing", 2, 1.7, 3, 0, 0]]),
  tiersOf([["passing", 4, 0.3, 3, 1, 3.3]]),
  tiersOf([["other", 1, 2, 3, 0, 0]]),
  [],
];

/** Some settings; bounds that forget what a fresh balancer would be given back are left as they are. */
function someSettings(next: Next): BalancerOptions {
  const pick = <Value>(...some: readonly Value[]) =>
    some[Math.floor(next() * some.length)]!;
  const tiers = [...STANDING, ...pick(...PASSING)];
  return {
    ...OPTIONS,
    tiers: next() < 0.5 ? tiers : tiers.toReversed(),
    routing: pick(
      { mode: "classic" } as const,
      adaptive({}),
      adaptive({ peers: 2, gpuBusyPct: 20, ledger: { settleMs: 1_000_000 } }),
      adaptive({ ledger: { cpuShare: 1 }, headroom: { fitCpuShare: 1 } }),
    ),
    staleAfterMs: pick(60_000, 300_000),
    holdMs: pick(20_000, 90_000),
    stickyAffinity: next() < 0.5,
    panic: pick("fail_open", "fail_closed"),
    queue: pick(undefined, { lengthMax: 3, waitMsMax: 30_000 }),
    ejection: pick(undefined, OPTIONS.ejection),
  };
}

/** A small fleet whose settings change now and then. */
class World {
  readonly next: Next;
  options: BalancerOptions;
  readonly balancer: Balancer;
  /** What a fresh balancer must be told to know the same. */
  readonly told: ((balancer: Balancer) => void)[] = [];
  readonly #size: number;
  /** The lease of each request in flight; of a session there may be several. */
  readonly #requests: Lease[] = [];
  #waiting = 0;
  now = 0;

  constructor(seed: number) {
    this.next = stream(seed);
    this.options = someSettings(this.next);
    this.balancer = new Balancer(this.options);
    this.#size = 1 + this.#below(4);
    for (let i = 0; i < this.#size; i++) {
      this.#tell((balancer) => void balancer.register(registered(`b${i}`), 0));
      this.#report(`b${i}`);
    }
  }

  /** Lets something happen. */
  step(): void {
    this.now += this.#below(8000);
    const id = `b${this.#below(this.#size)}`;
    const choice = this.next();
    const { balancer, now } = this;
    if (choice < 0.2) this.#report(id);
    else if (choice < 0.25) {
      const ok = this.next() < 0.5;
      const outcome = ok ? { ok, latencyMs: 5 } : { ok };
      this.#tell((one) => void one.probe(id, outcome, now));
    } else if (choice < 0.3) balancer.drain(id, "operator", now);
    else if (choice < 0.35) balancer.undrain(id, "operator", now);
    else if (choice < 0.45) this.reconfigure();
    else if (choice < 0.6) this.#touch();
    else if (choice < 0.7) this.finishOne();
    else this.#ask();
  }

  reconfigure(): void {
    const before = this.#state();
    this.options = someSettings(this.next);
    const mayPlace = this.#waiting > 0;
    this.balancer.reconfigure(this.options, this.now);
    if (!mayPlace) assert.deepEqual(this.#state(), before, "lost or changed");
  }

  finishOne(): boolean {
    const lease = this.#requests.shift();
    if (lease === undefined) return false;
    this.balancer.finish(lease, { kind: "abandoned" }, this.now);
    return true;
  }

  /** Every total must be the sum of the leases that live. */
  check(): void {
    const { balancer, now } = this;
    const views = balancer.backends(now);
    const singles = this.#requests.filter(({ isRequest }) => isRequest);
    const live = [...balancer.leases(now), ...singles];
    assert.equal(balancer.leaseCount, live.length);
    assert.equal(balancer.queue(now)?.depth ?? 0, this.#waiting);
    for (const { registration: { id }, held, inFlight } of views) {
      const here = live.filter(({ slot }) => slot.registration.id === id);
      const sum = (need: "vcpu" | "memoryGb" | "storageGb") =>
        here.reduce((total, { tier }) => total + tier[need], 0);
      assert.deepEqual(held, {
        leases: here.length,
        vcpu: sum("vcpu"),
        memoryGb: sum("memoryGb"),
        storageGb: sum("storageGb"),
      });
      const requests = this.#requests
        .filter(({ slot }) => slot.registration.id === id);
      assert.equal(inFlight, requests.length);
    }
  }

  /** A balancer built with the settings in force and told what this one knows. */
  fresh(): Balancer {
    const fresh = new Balancer(this.options);
    for (const tell of this.told) tell(fresh);
    const { balancer, now } = this;
    for (const one of balancer.assignments()) fresh.restore(one);
    for (const lease of balancer.leases(now)) {
      assert.ok(fresh.restoreLease(recordOf(lease), now));
    }
    for (const drain of balancer.drains(now)) fresh.restoreDrain(drain, now);
    return fresh;
  }

  #tell(tell: (balancer: Balancer) => void): void {
    this.told.push(tell);
    tell(this.balancer);
  }

  #report(id: string): void {
    const { now } = this;
    const report = { ...reportOf(this.next), windowSeconds: 60 };
    this.#tell((balancer) => void balancer.report(id, report, now));
  }

  #touch(): void {
    const { balancer, now } = this;
    const leases = balancer.leases(now);
    const lease = leases[this.#below(leases.length)];
    if (lease === undefined) return;
    if (this.next() < 0.3) balancer.release(lease.id, now);
    else balancer.renew(lease.id, now, { isConfirmed: this.next() < 0.7 });
  }

  #ask(): void {
    const { balancer, now } = this;
    const isRequest = this.next() < 0.3;
    const stickyId = this.next() < 0.5 ? `s${this.#below(4)}` : undefined;
    const tier = STANDING[this.#below(STANDING.length)]!.name;
    const ask = { tier, isRequest, stickyId };
    const decision = balancer.place(ask, now);
    if (decision.kind === "placed" && isRequest) {
      this.#requests.push(decision.lease);
    }
    if (decision.kind !== "refused") return;
    const withdraw = balancer.wait(ask, now, (waited) => {
      this.#waiting--;
      if (waited.kind === "placed" && isRequest) {
        this.#requests.push(waited.lease);
      }
    });
    if (withdraw !== undefined) this.#waiting++;
  }

  #state() {
    const { balancer, now } = this;
    const unhealthy = new Set(
      balancer.backends(now).filter(({ health }) => health === "unhealthy")
        .map(({ registration: { id } }) => id),
    );
    return {
      leases: balancer.leases(now).map(recordOf),
      count: balancer.leaseCount,
      // Sessions of the unhealthy may be forgotten as panic takes another mode.
      assignments: balancer.assignments()
        .filter(({ backendId }) => !unhealthy.has(backendId)),
      drains: balancer.drains(now),
      backends: balancer.backends(now).map((view) => ({
        ...view,
        active: undefined,
        obstacle: undefined,
        isEjected: undefined,
      })),
    };
  }

  #below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}

function lived(seed: number): World {
  const world = new World(seed);
  for (let i = 0; i < STEPS; i++) {
    world.step();
    world.check();
  }
  return world;
}

Deno.test("however often settings change, totals are the sum of what lives, and nothing is left at the end", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const world = lived(seed);
      while (world.finishOne());
      world.now += 1_000_000;
      // Whoever waits still is told by now, and whatever was placed for it ends.
      world.balancer.sweep(world.now);
      while (world.finishOne());
      world.now += 1_000_000;
      world.check();
      assert.equal(world.balancer.leaseCount, 0);
    }),
    { seed: seedOf("reconfigured"), numRuns: RUNS },
  );
});

Deno.test("a balancer with other settings decides as one that was built with them", () => {
  let placed = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const world = lived(seed);
      world.reconfigure();
      while (world.finishOne());
      // An ask that waits could be placed by either of them at another moment.
      if ((world.balancer.queue(world.now)?.depth ?? 0) > 0) return;
      const { balancer, now, options } = world;
      const fresh = world.fresh();
      const asks = [...options.tiers, ...options.tiers].flatMap(({ name }) =>
        [undefined, "s1", "s2"].map((stickyId) => ({
          tier: name,
          stickyId,
          // How many single requests the last report shows is not given back.
          isRequest: stickyId !== undefined && world.next() < 0.5,
        }))
      );
      for (const ask of asks) {
        assert.deepEqual(balancer.explain(ask, now), fresh.explain(ask, now));
        const [one, other] = [balancer, fresh].map((each) => {
          const decision = each.place(ask, now);
          if (decision.kind !== "placed") return decision;
          placed++;
          const { backendId, hold: { gpus, expiresAt }, stickiness } = decision;
          return { backendId, gpus, expiresAt, stickiness };
        });
        assert.deepEqual(one, other);
      }
    }),
    { seed: seedOf("reconfigured as fresh"), numRuns: RUNS },
  );
  assert.ok(placed > RUNS, `only ${placed} placements`);
});
