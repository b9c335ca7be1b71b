import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Placed } from "../../src/engine/decision.ts";
import type { Tier } from "../../src/engine/tier.ts";
import { seedOf } from "../seed.ts";
import {
  type Next,
  OPTIONS,
  registration,
  report,
  stream,
  tiersOf,
} from "./fleets.ts";

const WORLDS = 300;
const STEPS = 120;
/** Needs that no binary fraction hits exactly, so that sloppy sums would show. */
const TIERS: readonly Tier[] = tiersOf([
  ["tenth", 1, 0.1, 0.3, 0, 0],
  ["third", 2, 1 / 3, 0.7, 0, 0],
  ["card", 1, 0.2, 0, 1, 7.7],
  ["cards", 1, 0.2, 0, 2, 3.3],
  ["whole", 1, 0.2, 0, 1, 0],
]);

/** A live hold as the test keeps it, without engine code. */
interface Entry {
  readonly placed: Placed;
  readonly tier: Tier;
  /** Session and tier, of which only one hold may live. */
  readonly session: string | undefined;
}

Deno.test("whatever happens, holds sum up, no card is sold twice, and after the last end every total is exactly 0", () => {
  const seed = seedOf("invariants");
  for (let i = 0; i < WORLDS; i++) world(stream(seed + i), seed + i);
});

function world(next: Next, seed: number): void {
  const balancer = new Balancer({ ...OPTIONS, tiers: TIERS });
  const live = new Map<number, Entry>();
  const size = 1 + Math.floor(next() * 4);
  let now = 0;
  for (let step = 0; step < STEPS; step++) {
    now += Math.floor(next() * 5000);
    for (const [id, { placed }] of live) {
      if (placed.hold.expiresAt <= now) live.delete(id);
    }
    act(balancer, live, next, now, size);
    check(balancer, live, now, `seed ${seed}, step ${step}`);
  }
  const end = now + OPTIONS.holdMs;
  live.clear();
  check(balancer, live, end, `seed ${seed}, end`);
  assert.equal(balancer.leaseCount, 0);
}

function act(
  balancer: Balancer,
  live: Map<number, Entry>,
  next: Next,
  now: number,
  size: number,
): void {
  const index = Math.floor(next() * size);
  const choice = next();
  if (choice < 0.1) {
    balancer.register(registration(index, next), now);
  } else if (choice < 0.3) {
    balancer.report(
      `b${index}`,
      report(1 + Math.floor(next() * 16), next),
      now,
    );
  } else if (choice < 0.35) {
    balancer.probe(`b${index}`, { ok: false }, now);
  } else if (choice < 0.4) {
    balancer.probe(`b${index}`, { ok: true, latencyMs: 5 }, now);
  } else if (choice < 0.5) {
    const [id] = live.keys();
    if (id !== undefined) assert.equal(balancer.release(id, now), true);
    live.delete(id ?? -1);
  } else place(balancer, live, next, now);
}

function place(
  balancer: Balancer,
  live: Map<number, Entry>,
  next: Next,
  now: number,
): void {
  const wanted = TIERS[Math.floor(next() * TIERS.length)];
  assert.ok(wanted !== undefined);
  const stickyId = next() < 0.5 ? undefined : `s${Math.floor(next() * 5)}`;
  balancer.sweep(now);
  const before = balancer.leaseCount;
  const decision = balancer.place({ tier: wanted.name, stickyId }, now);
  assert.notEqual(decision.kind, "unknown_tier");
  if (decision.kind === "refused") {
    const counted = Object.values(decision.tally).reduce((a, b) => a + b, 0);
    assert.equal(counted, decision.fleetSize, "the tally sums to the fleet");
    assert.equal(balancer.leaseCount, before);
  }
  if (decision.kind !== "placed") return;
  const session = stickyId && `${stickyId} ${wanted.name}`;
  for (const [id, entry] of live) {
    if (session !== undefined && entry.session === session) live.delete(id);
  }
  live.set(decision.hold.leaseId, { placed: decision, tier: wanted, session });
}

function check(
  balancer: Balancer,
  live: ReadonlyMap<number, Entry>,
  now: number,
  where: string,
): void {
  const views = balancer.backends(now);
  assert.equal(balancer.leaseCount, live.size, where);
  for (const view of views) {
    const here = [...live.values()]
      .filter(({ placed }) => placed.backendId === view.registration.id);
    const sum = (size: (tier: Tier) => number) =>
      here.reduce((total, entry) => total + size(entry.tier), 0);
    assert.deepEqual(view.held, {
      leases: here.length,
      vcpu: sum((one) => one.vcpu),
      memoryGb: sum((one) => one.memoryGb),
      storageGb: sum((one) => one.storageGb),
    }, where);
    for (const { placed, tier } of here) {
      assert.equal(new Set(placed.hold.gpus).size, tier.gpus, where);
    }
  }
}
