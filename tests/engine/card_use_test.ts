import assert from "node:assert/strict";
import type { GpuReading } from "../../src/engine/backend.ts";
import type { Balancer } from "../../src/engine/balancer.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { ADAPTIVE } from "./fleets.ts";
import { balancerOver, reported } from "./machines.ts";

/** A tier with one GPU. */
function gpuTier(name: string, more: Partial<Tier> = {}): Tier {
  const needs = { vcpu: 1, memoryGb: 1, storageGb: 0, gpus: 1 };
  return tier({ name, gpuMemoryGb: 8, ...needs, ...more });
}

const ANY = gpuTier("any");
const H100 = gpuTier("h100", { gpuModel: "*H100*" });
const WHOLE = gpuTier("whole", { gpuMemoryGb: 0 });
const TIERS = [ANY, H100];

function card(
  deviceId: number,
  name: string,
  more: Partial<GpuReading> = {},
): GpuReading {
  return {
    deviceId,
    name,
    utilizationPct: 0,
    memoryTotalGb: 80,
    memoryUsedGb: 0,
    temperatureC: 40,
    powerDrawW: 100,
    ...more,
  };
}

function over(
  machines: Readonly<Record<string, readonly GpuReading[]>>,
  routing: Parameters<typeof balancerOver>[1] = { routing: ADAPTIVE },
): Balancer {
  const names = Object.keys(machines).map((id) => [id, {}] as const);
  const balancer = balancerOver(Object.fromEntries(names), {
    tiers: TIERS,
    ...routing,
  });
  for (const [id, gpus] of Object.entries(machines)) {
    balancer.report(id, { ...reported(), gpus }, 0);
  }
  return balancer;
}

for (const routing of [ADAPTIVE, { mode: "classic" } as const]) {
  Deno.test(`the use of GPUs that a tier may not have says nothing of those that it may (${routing.mode})`, () => {
    const balancer = over({
      idle: [card(0, "H100"), card(1, "T4", { utilizationPct: 90 })],
      busy: [card(0, "H100", { utilizationPct: 40 }), card(1, "T4")],
    }, { routing });
    const gpuTermOf = (name: string) =>
      balancer.explain({ tier: name }, 0)?.candidates.map((candidate) =>
        candidate.kind === "fits" ? candidate.terms.gpu : -1
      );
    assert.deepEqual(gpuTermOf("h100"), [0, 60]);
    assert.deepEqual(gpuTermOf("any"), [30, 67.5]);
    const decision = balancer.place({ tier: "h100" }, 0);
    assert.ok(decision.kind === "placed" && decision.backendId === "idle");
  });
}

Deno.test("a session that does not show yet counts on the GPUs that a tier may have, and on no others", () => {
  const balancer = over({
    a: [card(0, "H100"), card(1, "H100"), card(2, "T4"), card(3, "T4")],
  });
  assert.equal(balancer.place({ tier: "h100" }, 0).kind, "placed");
  const [candidate] = balancer.explain({ tier: "h100" }, 0)?.candidates ?? [];
  assert.ok(candidate?.kind === "fits");
  assert.equal(candidate.terms.gpu, 1.5 * 50);
});

Deno.test("a card that lets one process compute has one session, whatever its VRAM", () => {
  for (const computeMode of ["exclusive_process", "exclusive_thread"]) {
    const cards = [card(0, "H100", { computeMode })];
    const balancer = over({ a: cards }, { routing: { mode: "classic" } });
    const first = balancer.place({ tier: "any" }, 0);
    assert.ok(first.kind === "placed");
    const second = balancer.place({ tier: "any" }, 0);
    assert.ok(second.kind === "refused" && second.tally.gpu_memory === 1);
    assert.equal(second.nearest?.shortBy, ANY.gpuMemoryGb);
    balancer.release(first.hold.leaseId, 0);
    assert.equal(balancer.place({ tier: "any" }, 0).kind, "placed");
  }
});

Deno.test("nobody waits for the end of a lease on a machine whose cards let nobody compute", () => {
  const prohibited = [card(0, "H100", { computeMode: "prohibited" })];
  const decision = over({ a: prohibited }).place({ tier: "any" }, 0);
  assert.ok(decision.kind === "refused" && decision.tally.gpu_memory === 1);
  assert.equal(decision.retryAfterMs, 15_000);
});

Deno.test("a card that is hot may be cool at the next report, whoever has a lease on its machine", () => {
  const balancer = over({ a: [card(0, "H100", { isThrottled: true })] }, {
    routing: ADAPTIVE,
    tiers: [...TIERS, gpuTier("plain", { gpus: 0, gpuMemoryGb: 0 })],
  });
  assert.equal(balancer.place({ tier: "plain" }, 0).kind, "placed");
  const hot = balancer.place({ tier: "any" }, 1000);
  assert.ok(hot.kind === "refused");
  // The interval between reports is a minute until two of them have told it.
  assert.equal(hot.retryAfterMs, 59_000);
});

Deno.test("a card that others fill may be empty at the next report; one that leases fill is when they end", () => {
  const others = over({ a: [card(0, "H100", { memoryUsedGb: 78 })] });
  const full = others.place({ tier: "any" }, 1000);
  assert.ok(full.kind === "refused" && full.retryAfterMs === 59_000);
  const leased = over({ a: [card(0, "H100")] });
  assert.equal(leased.place({ tier: "any" }, 0).kind, "placed");
  const taken = leased.place({ tier: "any" }, 1000);
  assert.ok(taken.kind === "refused" && taken.retryAfterMs === 119_000);
});

Deno.test("a card that a session fills as it said it would is free when the session ends, and not at a report", () => {
  const tiers = [gpuTier("big", { gpuMemoryGb: 60 }), WHOLE];
  const modes = [ADAPTIVE, { mode: "classic" } as const];
  const cases = modes.flatMap((routing) =>
    tiers.map((first) => ({ routing, first }))
  );
  for (const { routing, first } of cases) {
    const balancer = over({ a: [card(0, "H100")] }, { routing, tiers });
    assert.equal(balancer.place({ tier: first.name }, 0).kind, "placed");
    const gpus = [card(0, "H100", { memoryUsedGb: 60 })];
    balancer.report("a", { ...reported(), gpus }, 30_000);
    const decision = balancer.place({ tier: "big" }, 35_000);
    assert.ok(decision.kind === "refused" && decision.retryAfterMs === 85_000);
  }
});

Deno.test("the same figures at once are no news of use, and yet of heat", () => {
  const balancer = over({ a: [card(0, "H100")] });
  const reports = (now: number, more: Partial<GpuReading> = {}) =>
    balancer.report(
      "a",
      { ...reported(), gpus: [card(0, "H100", more)] },
      now,
    );
  reports(60_000);
  reports(61_000, { isThrottled: true });
  assert.equal(balancer.place({ tier: "any" }, 61_000).kind, "refused");
  reports(62_000);
  assert.equal(balancer.place({ tier: "any" }, 62_000).kind, "placed");
});
