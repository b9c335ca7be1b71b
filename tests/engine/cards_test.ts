import assert from "node:assert/strict";
import { Cards } from "../../src/engine/cards.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { balancerOver, placed, reported } from "./machines.ts";

function wants(gpus: number, gpuMemoryGb: number): Tier {
  return tier({
    name: "t",
    vcpu: 1,
    memoryGb: 1,
    storageGb: 0,
    gpus,
    gpuMemoryGb,
  });
}

function cards(...gpus: readonly (readonly [number, number, number])[]): Cards {
  const made = new Cards({ busyPct: Infinity, areExclusive: false });
  update(made, ...gpus);
  return made;
}

/** A report whose averages are as fresh as can be. */
function update(
  cards: Cards,
  ...gpus: readonly (readonly [number, number, number])[]
): void {
  const readings = reported({ gpus }).gpus;
  cards.update(readings, readings);
}

Deno.test("room is counted per card and never summed over cards", () => {
  const two = cards([0, 24, 10], [0, 24, 10]);
  assert.equal(two.fitting(wants(1, 16)), 0);
  assert.equal(two.fitting(wants(1, 14)), 2);
});

Deno.test("the smallest card that is large enough is booked, and large free cards stay whole", () => {
  const mixed = cards([0, 80, 0], [0, 24, 0], [0, 24, 4]);
  assert.deepEqual(mixed.book(wants(1, 16)), [2]);
  assert.deepEqual(mixed.book(wants(1, 16)), [1]);
  assert.deepEqual(mixed.book(wants(1, 16)), [0]);
  assert.deepEqual(mixed.book(wants(1, 16)), [0]);
});

Deno.test("a tier that names no VRAM takes a card whole, and only a card that nobody holds", () => {
  const two = cards([0, 24, 0], [0, 24, 0]);
  assert.deepEqual(two.book(wants(1, 8)), [0]);
  assert.equal(two.fitting(wants(1, 0)), 1);
  assert.deepEqual(two.book(wants(1, 0)), [1]);
  assert.equal(two.fitting(wants(1, 0)), 0);
  assert.equal(two.fitting(wants(1, 8)), 1);
  two.release([1], wants(1, 0));
  assert.equal(two.fitting(wants(1, 24)), 1);
});

Deno.test("holds stay with their cards while reports come, lose a card and find it again", () => {
  const one = cards([0, 24, 0], [0, 24, 0]);
  assert.deepEqual(one.book(wants(2, 20)), [0, 1]);
  update(one, [0, 24, 0]);
  assert.equal(one.fitting(wants(1, 8)), 0);
  update(one, [0, 24, 0], [0, 24, 0]);
  assert.equal(one.fitting(wants(1, 8)), 0);
  one.release([0, 1], wants(2, 20));
  assert.equal(one.fitting(wants(1, 24)), 2);
});

Deno.test("a machine whose cards are too few or too full is refused for that reason", () => {
  const balancer = balancerOver({
    none: {},
    one: { gpus: [[0, 80, 0]] },
    full: { gpus: [[0, 80, 60], [0, 80, 60]] },
  });
  balancer.report("none", reported({ cores: 64, memoryTotalGb: 512 }), 0);
  const large = { cores: 64, memoryTotalGb: 512 };
  balancer.report("one", reported({ ...large, gpus: [[0, 80, 0]] }), 0);
  const full = [[0, 80, 60], [0, 80, 60]] as const;
  balancer.report("full", reported({ ...large, gpus: full }), 0);
  const decision = balancer.place({ tier: "gpu-training" }, 0);
  assert.ok(decision.kind === "refused");
  assert.equal(decision.tally.gpu_count, 2);
  assert.equal(decision.tally.gpu_memory, 1);
});

Deno.test("GPU use weighs one and a half times, and only for tiers that need GPUs", () => {
  const balancer = balancerOver({
    busy: { gpus: [[20, 80, 0]] },
    idle: { cpuPct: 25, gpus: [[0, 80, 0]] },
  });
  assert.equal(placed(balancer, "gpu-inference").backendId, "idle");
  assert.equal(placed(balancer, "small").backendId, "busy");
});
