import assert from "node:assert/strict";
import type { GpuReading } from "../../src/engine/backend.ts";
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
  const made = new Cards({
    busyPct: Infinity,
    areExclusive: false,
    maxTemperatureC: 0,
  });
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

const WARM = {
  deviceId: 0,
  name: "NVIDIA L4",
  utilizationPct: 0,
  memoryTotalGb: 24,
  memoryUsedGb: 0,
  temperatureC: 80,
  powerDrawW: 100,
};

/** Whether the card takes a session. */
function takes(more: Partial<GpuReading>, maxTemperatureC = 0): boolean {
  const reading = { ...WARM, ...more };
  const rules = { busyPct: Infinity, areExclusive: false, maxTemperatureC };
  const one = new Cards(rules);
  one.update([reading], [reading]);
  return one.fitting(wants(1, 16)) === 1;
}

Deno.test("a card near its own slowdown temperature is not free, nor one that is throttled or that nobody may compute on", () => {
  assert.ok(takes({}));
  assert.ok(takes({ temperatureLimitC: 86 }));
  assert.ok(!takes({ temperatureLimitC: 85 }));
  assert.ok(!takes({ temperatureLimitC: 79 }));
  assert.ok(takes({ temperatureLimitC: 0 }));
  assert.ok(!takes({ isThrottled: true }));
  assert.ok(takes({ isThrottled: false, computeMode: "default" }));
  assert.ok(!takes({ computeMode: "prohibited" }));
});

Deno.test("a limit of ours takes the place of the card's own", () => {
  assert.ok(takes({}, 80));
  assert.ok(!takes({}, 79));
  assert.ok(takes({ temperatureLimitC: 80 }, 85));
});

Deno.test("how hot a card is tells its newest reading, also where its use is an average", () => {
  const rules = {
    busyPct: Infinity,
    areExclusive: false,
    maxTemperatureC: 85,
  };
  const one = new Cards(rules);
  one.update([WARM], [{ ...WARM, temperatureC: 90 }]);
  assert.equal(one.fitting(wants(1, 16)), 0);
  one.update([{ ...WARM, temperatureC: 90 }], [WARM]);
  assert.equal(one.fitting(wants(1, 16)), 1);
});

Deno.test("a machine with other cards than the tier asks for lacks GPUs, and says how many it has of them", () => {
  const h100 = tier({ ...wants(2, 16), name: "h100", gpuModel: "*H100*" });
  const amd = tier({ ...wants(1, 16), name: "amd", gpuVendor: "amd" });
  const balancer = balancerOver({ a: {} }, { tiers: [h100, amd] });
  const gpus = ["NVIDIA H100 PCIe", "NVIDIA L4"].map((name, deviceId) => ({
    ...WARM,
    deviceId,
    name,
    vendor: "nvidia",
  }));
  balancer.report("a", { ...reported(), gpus }, 0);
  const explained = (name: string) => {
    const [candidate] = balancer.explain({ tier: name }, 0)?.candidates ?? [];
    return candidate?.kind === "removed" ? candidate.shortages : [];
  };
  const lack = { reason: "gpu_count", unit: "GPUs" };
  assert.deepEqual(explained("h100"), [{ ...lack, have: 1, need: 2 }]);
  assert.deepEqual(explained("amd"), [{ ...lack, have: 0, need: 1 }]);
});
