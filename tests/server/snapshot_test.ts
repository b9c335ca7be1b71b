import assert from "node:assert/strict";
import type { Report } from "../../src/engine/backend.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import { wallClockLeaseOf } from "../../src/engine/lease_record.ts";
import { restore, snapshotOf } from "../../src/server/snapshot.ts";
import { adaptive } from "../engine/adaptive_routing.ts";
import { OPTIONS, registration, stream } from "../engine/fleets.ts";
import { FakeClock } from "../fakes/clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 15;

Deno.test("after a restart the engine judges as if it had run on: use from stored reports, leases with what is left of them", async () => {
  const clock = new FakeClock(5_000_000);
  const store = new MemoryStore(undefined, () => clock.wallMs());
  const before = balancer();
  const next = stream(7);
  const loads: number[] = [];
  await store.saveRegistration(registration(0, next), clock.wallMs());
  before.register(registration(0, stream(7)), clock.monotonicMs());
  for (let minute = 0; minute < 40; minute++) {
    clock.advance(MINUTE_MS);
    loads.push(next());
    const report = averageOver(loads.slice(-WINDOW_MINUTES));
    before.report("b0", report, clock.monotonicMs());
    store.saveReport(
      "b0",
      { ...report, recovery: before.recovery("b0") },
      clock.wallMs(),
    );
    if (minute < 38) continue;
    const placed = before.place({ tier: "medium" }, clock.monotonicMs());
    assert.equal(placed.kind, "placed");
    if (placed.kind !== "placed") return;
    before.renew(placed.hold.leaseId, clock.monotonicMs(), {
      isConfirmed: minute === 38,
    });
    await store.saveLease(
      wallClockLeaseOf(
        placed.lease,
        (at) => clock.wallMs() + at - clock.monotonicMs(),
      ),
    );
  }

  const later = new FakeClock(77, clock.wallMs());
  const after = balancer();
  restore(after, store.load(), later);
  const [old, anew] = [
    before.explain({ tier: "large" }, clock.monotonicMs()),
    after.explain({ tier: "large" }, later.monotonicMs()),
  ].map((explanation) => explanation?.candidates[0]);
  assert.ok(old?.kind === "fits" && anew?.kind === "fits");
  assert.ok(
    Math.abs(old.score - anew.score) < 1e-3,
    `${old.score} ${anew.score}`,
  );
  assert.deepEqual(
    snapshotOf(after, later).leases,
    snapshotOf(before, clock).leases,
  );
});

Deno.test("of a session that moved only the newer lease comes back", async () => {
  const clock = new FakeClock(1_000_000);
  const store = new MemoryStore(undefined, () => clock.wallMs());
  for (const index of [0, 1]) {
    const backend = registration(index, stream(index));
    await store.saveRegistration(backend, clock.wallMs());
    store.saveReport(backend.id, averageOver([0.1]), clock.wallMs());
  }
  const lease = {
    tier: "medium",
    gpus: [],
    stickyId: "alice",
    idempotencyKey: undefined,
    startedMs: undefined,
    placedMs: clock.wallMs(),
    expiresMs: clock.wallMs() + MINUTE_MS,
  };
  await store.saveLease({ ...lease, id: 1, backendId: "b0" });
  await store.saveLease({ ...lease, id: 2, backendId: "b1" });
  const after = balancer();
  restore(after, store.load(), clock);
  assert.deepEqual(
    after.leases(clock.monotonicMs()).map(({ id }) => id),
    [2],
  );
});

Deno.test("drains go on after a restart: who asked, since when, and until their deadlines", async () => {
  const clock = new FakeClock(1_000_000);
  const store = new MemoryStore(undefined, () => clock.wallMs());
  const before = balancer();
  for (const index of [0, 1, 2]) {
    const backend = registration(index, stream(index));
    before.register(backend, clock.monotonicMs());
    await store.saveRegistration(backend, clock.wallMs());
    before.report(backend.id, averageOver([0.1]), clock.monotonicMs());
    store.saveReport(backend.id, averageOver([0.1]), clock.wallMs());
  }
  const deadline = { deadlineMs: MINUTE_MS };
  before.drain("b0", "agent", clock.monotonicMs());
  before.drain("b0", "operator", clock.monotonicMs());
  before.drain("b1", "operator", clock.monotonicMs(), deadline);
  const stored = snapshotOf(before, clock).drains;
  assert.deepEqual(stored, [
    {
      backendId: "b0",
      by: ["agent", "operator"],
      sinceMs: clock.wallMs(),
      deadlineMs: undefined,
    },
    {
      backendId: "b1",
      by: ["operator"],
      sinceMs: clock.wallMs(),
      deadlineMs: clock.wallMs() + MINUTE_MS,
    },
  ]);
  for (const drain of stored) await store.saveDrain(drain);
  const lease = {
    id: 7,
    backendId: "b1",
    tier: "medium",
    gpus: [],
    stickyId: "alice",
    idempotencyKey: undefined,
    startedMs: undefined,
    placedMs: clock.wallMs(),
    expiresMs: clock.wallMs() + 10 * MINUTE_MS,
  };
  await store.saveLease(lease);

  const later = new FakeClock(77, clock.wallMs() + 1000);
  const after = balancer();
  restore(after, store.load(), later);
  assert.deepEqual(snapshotOf(after, later).drains, stored);
  const placed = after.place({ tier: "medium" }, later.monotonicMs());
  assert.ok(placed.kind === "placed" && placed.backendId === "b2");
  const states = (now: number) =>
    after.backends(now).map(({ drain }) => drain?.state);
  const end = later.monotonicMs() + MINUTE_MS - 1000;
  assert.deepEqual(states(end - 1), ["drained", "draining", undefined]);
  assert.deepEqual(states(end), ["drained", "drained", undefined]);
  assert.equal(after.lease(7, end), undefined);
});

Deno.test("a deadline that passed while nobody ran is over at the start", async () => {
  const clock = new FakeClock(1_000_000);
  const store = new MemoryStore(undefined, () => clock.wallMs());
  await store.saveRegistration(registration(0, stream(0)), clock.wallMs());
  await store.saveDrain({
    backendId: "b0",
    by: ["operator"],
    sinceMs: clock.wallMs() - MINUTE_MS,
    deadlineMs: clock.wallMs() - 1,
  });
  const after = balancer();
  restore(after, store.load(), clock);
  const [drain] = after.drains(clock.monotonicMs());
  assert.deepEqual(drain, {
    backendId: "b0",
    by: ["operator"],
    since: clock.monotonicMs() - MINUTE_MS,
    deadlineAt: clock.monotonicMs(),
  });
});

Deno.test("a drain that an operator asked for outlives its backend, and goes on through a restart", () => {
  const clock = new FakeClock(1_000_000);
  const drain = {
    backendId: "b0",
    by: ["operator"],
    sinceMs: clock.wallMs() - MINUTE_MS,
    deadlineMs: undefined,
  } as const;
  const nothing = snapshotOf(balancer(), clock);
  const first = balancer();
  restore(first, { ...nothing, drains: [drain] }, clock);
  const again = balancer();
  restore(again, snapshotOf(first, clock), clock);
  assert.deepEqual(snapshotOf(again, clock).drains, [drain]);
  const now = clock.monotonicMs();
  again.register(registration(0, stream(0)), now);
  again.report("b0", averageOver([0.1]), now);
  const decision = again.place({ tier: "medium" }, now);
  assert.ok(decision.kind === "refused" && decision.tally.draining === 1);
});

function balancer(): Balancer {
  return new Balancer({ ...OPTIONS, routing: adaptive() });
}

/** What an old client says of a machine of 24 cores and 256 GB that had these loads, minute by minute. */
function averageOver(loads: readonly number[]): Report {
  const mean = loads.reduce((a, b) => a + b, 0) / loads.length;
  const usedGb = 200 * mean;
  return {
    coreUsagePct: new Array<number>(24).fill(70 * mean),
    memory: { totalGb: 256, usedGb, availableGb: 256 - usedGb },
    disk: { totalGb: 2000, usedGb: 500, availableGb: 1500 },
    gpus: [],
    windowSeconds: 900,
    windowFilledSeconds: 60 * loads.length,
  };
}
