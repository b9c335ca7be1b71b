import assert from "node:assert/strict";
import { AdaptiveRule } from "../../src/engine/adaptive.ts";
import type { Lease } from "../../src/engine/lease.ts";
import type { Slot } from "../../src/engine/slot.ts";
import type { Tier } from "../../src/engine/tier.ts";
import { UsualTimes } from "../../src/engine/usual_times.ts";
import { seedOf } from "../seed.ts";
import { settings, type SomeSettings } from "./adaptive_routing.ts";
import { report, stream, TIERS } from "./fleets.ts";
import { fresh, needs, opened, slotOf } from "./lease_examples.ts";

const CARD = needs({ gpus: 1, gpuMemoryGb: 8 });

function rule(changed: SomeSettings = {}): AdaptiveRule {
  return new AdaptiveRule(settings(changed), new UsualTimes());
}

/** What is missing, and that the score says the same. */
function lacks(
  slot: Slot,
  tier: Tier,
  { by = rule(), isRequest = false } = {},
): string[] {
  by.settle(slot);
  const reasons = by.lacks(slot, tier, isRequest).map(({ reason }) => reason);
  assert.equal(
    by.score(slot, tier, isRequest) === Infinity,
    reasons[0] !== undefined,
  );
  return reasons;
}

/** Opens a lease on cards of the slot. */
function booked(slot: Slot, tier: Tier, more: Partial<Lease> = {}): Lease {
  return opened(slot, tier, {
    gpus: slot.cards.book(tier),
    hidesCards: true,
    ...more,
  });
}

Deno.test("holds count whole beside the real use, in every dimension", () => {
  const slot = slotOf({ cores: 8, memoryFreeGb: 32, diskFreeGb: 100 });
  opened(slot, needs({ vcpu: 2, memoryGb: 8, storageGb: 40 }));
  assert.deepEqual(
    lacks(slot, needs({ vcpu: 6, memoryGb: 24, storageGb: 60 })),
    [],
  );
  assert.deepEqual(lacks(slot, needs({ vcpu: 7 })), ["cores"]);
  assert.deepEqual(lacks(slot, needs({ memoryGb: 24.1 })), ["memory"]);
  assert.deepEqual(lacks(slot, needs({ storageGb: 61 })), ["storage"]);
  assert.deepEqual(
    lacks(slot, needs({ vcpu: 9, memoryGb: 40, storageGb: 500, gpus: 1 })),
    ["cores", "memory", "storage", "gpu_count"],
  );
});

Deno.test("of a session that has begun the expected shares count, until reports show it", () => {
  const slot = slotOf({ memoryTotalGb: 64, memoryFreeGb: 20 });
  opened(slot, needs({ vcpu: 4, memoryGb: 10 }), { startedAt: 0 });
  assert.deepEqual(lacks(slot, needs({ memoryGb: 11 })), []);
  assert.deepEqual(lacks(slot, needs({ memoryGb: 11.1 })), ["memory"]);
  slot.update(fresh({ memoryFreeGb: 20 }), 300_000);
  assert.deepEqual(lacks(slot, needs({ memoryGb: 20 })), []);
});

Deno.test("whatever sessions are expected to use, cores are not promised twice", () => {
  const slot = slotOf({ cores: 8 });
  opened(slot, needs({ vcpu: 6 }), { startedAt: 0 });
  assert.deepEqual(lacks(slot, needs({ vcpu: 2 })), []);
  assert.deepEqual(lacks(slot, needs({ vcpu: 3 })), ["cores"]);
});

Deno.test("a share of the tier's own cores must be free by the reports", () => {
  const slot = slotOf({ cores: 16, cpuPct: 90 });
  assert.deepEqual(lacks(slot, needs({ vcpu: 3 })), []);
  assert.deepEqual(lacks(slot, needs({ vcpu: 4 })), ["cores"]);
  const whole = rule({ headroom: { fitCpuShare: 1 } });
  assert.deepEqual(lacks(slot, needs({ vcpu: 1 }), { by: whole }), []);
  assert.deepEqual(lacks(slot, needs({ vcpu: 2 }), { by: whole }), ["cores"]);
});

Deno.test("a machine that is used to 95 % is full, whatever a small tier could have", () => {
  assert.deepEqual(lacks(slotOf({ cores: 64, cpuPct: 94 }), needs()), []);
  assert.deepEqual(lacks(slotOf({ cores: 64, cpuPct: 96 }), needs()), [
    "cores",
  ]);
});

Deno.test("a card that is used for half is not free, whatever VRAM it has", () => {
  const slot = slotOf({ gpus: [[50, 24, 0], [49, 24, 12], [0, 24, 17]] });
  assert.deepEqual(lacks(slot, CARD), []);
  assert.deepEqual(slot.cards.book(CARD), [1]);
  assert.deepEqual(lacks(slot, CARD), ["gpu_memory"]);
  assert.deepEqual(lacks(slot, needs({ gpus: 4 })), ["gpu_count"]);
});

Deno.test("a card is one session's until reports show its load, and is judged by its use and by what is booked of it afterwards", () => {
  const slot = slotOf({ gpus: [[0, 24, 0]] });
  const lease = booked(slot, CARD, { startedAt: 0 });
  for (const at of [0, 50_000]) {
    slot.update(fresh({ gpus: [[0, 24, 0]] }), at);
    assert.deepEqual(lacks(slot, CARD), ["gpu_memory"]);
  }
  slot.update(fresh({ gpus: [[30, 24, 2]] }), 60_000);
  assert.deepEqual(lacks(slot, CARD), []);
  assert.equal(lease.hidesCards, false);
  assert.deepEqual(lacks(slot, needs({ gpus: 1, gpuMemoryGb: 17 })), [
    "gpu_memory",
  ]);
  assert.deepEqual(lacks(slot, needs({ gpus: 1 })), ["gpu_memory"]);
  booked(slot, CARD);
  slot.close(lease);
  assert.deepEqual(lacks(slot, CARD), ["gpu_memory"]);
});

Deno.test("a card of a hold that nobody confirmed stays taken", () => {
  const slot = slotOf({ gpus: [[0, 24, 0]] });
  const hold = booked(slot, CARD);
  slot.update(fresh({ gpus: [[0, 24, 0]] }), 3_600_000);
  assert.deepEqual(lacks(slot, CARD), ["gpu_memory"]);
  slot.close(hold);
  assert.deepEqual(lacks(slot, CARD), []);
});

Deno.test("requests don't keep requests out, nor does the use they make; sessions see both", () => {
  const slot = slotOf({ cores: 4, cpuPct: 99 });
  for (let i = 0; i < 50; i++) {
    opened(slot, needs({ vcpu: 2, memoryGb: 8 }), { isRequest: true });
  }
  assert.deepEqual(lacks(slot, needs({ vcpu: 4 }), { isRequest: true }), []);
  const session = lacks(slot, needs({ vcpu: 1, memoryGb: 1 }));
  assert.deepEqual(session, ["cores", "memory"]);
});

Deno.test("requests that were in flight at the last report are in its figures already", () => {
  const slot = slotOf({ cores: 4 });
  opened(slot, needs({ vcpu: 4 }), { isRequest: true });
  assert.deepEqual(lacks(slot, needs({ vcpu: 2 })), ["cores"]);
  slot.update(fresh({ cores: 4, cpuPct: 20 }), 60_000);
  assert.deepEqual(lacks(slot, needs({ vcpu: 2 })), []);
});

Deno.test("a request keeps out of what sessions were promised", () => {
  const slot = slotOf({ cores: 4 });
  opened(slot, needs({ vcpu: 3 }));
  assert.deepEqual(lacks(slot, needs({ vcpu: 1 }), { isRequest: true }), []);
  const two = lacks(slot, needs({ vcpu: 2 }), { isRequest: true });
  assert.deepEqual(two, ["cores"]);
});

Deno.test("servers that don't know of each other leave room for each other's promises", () => {
  const slot = slotOf({ memoryTotalGb: 64 });
  opened(slot, needs({ memoryGb: 20 }));
  assert.deepEqual(lacks(slot, needs({ memoryGb: 44 })), []);
  const three = rule({ peers: 3 });
  assert.deepEqual(lacks(slot, needs({ memoryGb: 4 }), { by: three }), []);
  assert.deepEqual(lacks(slot, needs({ memoryGb: 5 }), { by: three }), [
    "memory",
  ]);
});

Deno.test("whatever the machine and its leases, a reason is named exactly where the score does not fit", () => {
  const next = stream(seedOf("adaptive filter"));
  const rules = (["penalty", "strict"] as const)
    .map((guard) => rule({ headroom: { guard } }));
  for (let run = 0; run < 20_000; run++) {
    const slot = slotOf();
    const cores = 1 + Math.floor(next() * 24);
    const news = report(cores, next);
    const idle = news.coreUsagePct.map(() => 0);
    // Idle machines stand exactly at a target as often as not.
    slot.update(next() < 0.5 ? news : { ...news, coreUsagePct: idle }, 0);
    for (let i = 0; i < 4 * next(); i++) {
      const held = TIERS[Math.floor(next() * 3)];
      const startedAt = next() < 0.5 ? undefined : -Math.floor(50_000 * next());
      if (held !== undefined) opened(slot, held, { startedAt });
    }
    const tier = TIERS[Math.floor(next() * TIERS.length)] ?? CARD;
    for (const by of rules) {
      lacks(slot, tier, { by });
      lacks(slot, tier, { by, isRequest: true });
    }
  }
});

Deno.test("a target that is passed by less than can be added to a need is passed and counted", () => {
  const share = 0.9 * 33 / 64;
  const targetMemory = share - 2 ** -54;
  assert.ok(targetMemory < share);
  const by = rule({ headroom: { guard: "strict", targetMemory } });
  assert.deepEqual(lacks(slotOf(), needs({ memoryGb: 33 }), { by }), [
    "memory",
  ]);
});
