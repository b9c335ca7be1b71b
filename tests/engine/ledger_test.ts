import assert from "node:assert/strict";
import type { Lease } from "../../src/engine/lease.ts";
import { type Ledger, RAMP_MS } from "../../src/engine/ledger.ts";
import { seedOf } from "../seed.ts";
import { stream } from "./fleets.ts";
import { needs, opened, slotOf } from "./lease_examples.ts";

const SETTLE_MS = 300_000;
const NOBODY = () => {};
const TIER = needs({ vcpu: 4, memoryGb: 8, storageGb: 20 });

function fading({ fadingVcpu, fadingMemoryGb, fadingStorageGb }: Ledger) {
  return [fadingVcpu, fadingMemoryGb, fadingStorageGb];
}

/** What a session that began at 0 leaves to be seen by a report at that instant. */
function fadedAt(reportedAt: number, absorbMs: number): number[] {
  const slot = slotOf();
  opened(slot, TIER, { startedAt: 0 });
  slot.ledger.sum(reportedAt, absorbMs, SETTLE_MS, NOBODY);
  return fading(slot.ledger);
}

Deno.test("a hold that nobody confirmed counts whole, however many reports come", () => {
  const slot = slotOf();
  const lease = opened(slot, TIER);
  for (const at of [0, 60_000, 10_000_000]) {
    slot.ledger.sum(at, 10_000, SETTLE_MS, NOBODY);
    const { vcpu, memoryGb, storageGb } = slot.ledger.holds;
    assert.deepEqual([vcpu, memoryGb, storageGb], [4, 8, 20]);
    assert.deepEqual(fading(slot.ledger), [0, 0, 0]);
  }
  slot.close(lease);
  assert.equal(slot.ledger.holds.vcpu, 0);
});

Deno.test("a session fades by the time between its beginning and the last report", () => {
  assert.deepEqual(fadedAt(0, 120_000), [4, 8, 20]);
  // A quarter of the time in which averages absorb cores, a tenth of that in which memory fills.
  assert.deepEqual(fadedAt(30_000, 120_000), [3, 7.2, 18]);
  assert.deepEqual(fadedAt(120_000, 120_000), [0, 4.8, 12]);
  assert.deepEqual(fadedAt(SETTLE_MS, 120_000), [0, 0, 0]);
});

Deno.test("averages over a window longer than the time to settle hide memory for as long", () => {
  assert.deepEqual(fadedAt(450_000, 900_000), [2, 4, 10]);
});

Deno.test("a short window hides nothing, but a session needs a minute to show its use of cores", () => {
  assert.equal(fadedAt(RAMP_MS / 2, 10_000)[0], 2);
  assert.equal(fadedAt(RAMP_MS, 10_000)[0], 0);
});

Deno.test("a report from before a session's beginning shows nothing of it", () => {
  assert.deepEqual(fadedAt(-Infinity, 10_000), [4, 8, 20]);
  assert.deepEqual(fadedAt(-5000, 10_000), [4, 8, 20]);
});

Deno.test("cards are judged by their reports once nine tenths of a session show", () => {
  const slot = slotOf();
  const lease = opened(slot, TIER, { startedAt: 0 });
  const absorbed: Lease[] = [];
  const sum = (at: number, absorbMs: number) =>
    slot.ledger.sum(at, absorbMs, SETTLE_MS, (one) => absorbed.push(one));
  sum(0.89 * RAMP_MS, 10_000);
  sum(0.89 * 120_000, 120_000);
  assert.deepEqual(absorbed, []);
  sum(0.9 * 120_000, 120_000);
  assert.deepEqual(absorbed, [lease]);
});

Deno.test("whatever begins, ends and is reported, sums are those of the live sessions, and 0 at the end", () => {
  const next = stream(seedOf("ledger"));
  const tenth = needs({ vcpu: 3, memoryGb: 0.1, storageGb: 0.7 });
  for (let run = 0; run < 100; run++) {
    const slot = slotOf();
    const live = new Set<Lease>();
    let now = 0;
    for (let step = 0; step < 40; step++) {
      now += Math.floor(20_000 * next());
      const some = [...live][Math.floor(next() * live.size)];
      const choice = next();
      if (choice < 0.5 || some === undefined) {
        const startedAt = next() < 0.5 ? undefined : now;
        live.add(opened(slot, tenth, { startedAt }));
      } else if (choice < 0.75 && some.startedAt === undefined) {
        some.startedAt = now;
        slot.ledger.start(some);
      } else {
        live.delete(some);
        slot.close(some);
      }
      slot.ledger.sum(now, 60_000, SETTLE_MS, NOBODY);
      let [holds, vcpu] = [0, 0];
      for (const { startedAt } of live) {
        if (startedAt === undefined) holds += 3;
        else vcpu += 3 * Math.max(0, 1 - (now - startedAt) / 60_000);
      }
      assert.equal(slot.ledger.holds.vcpu, holds);
      assert.ok(Math.abs(slot.ledger.fadingVcpu - vcpu) < 1e-9);
    }
    for (const lease of live) slot.close(lease);
    slot.ledger.sum(now, 60_000, SETTLE_MS, NOBODY);
    const { holds, fadingVcpu, fadingMemoryGb, fadingStorageGb } = slot.ledger;
    assert.deepEqual({ ...holds }, {
      leases: 0,
      vcpu: 0,
      memoryGb: 0,
      storageGb: 0,
    });
    assert.deepEqual([fadingVcpu, fadingMemoryGb, fadingStorageGb], [0, 0, 0]);
  }
});
