import assert from "node:assert/strict";
import { AdaptiveRule } from "../../src/engine/adaptive.ts";
import { UsualTimes } from "../../src/engine/usual_times.ts";
import type { Slot } from "../../src/engine/slot.ts";
import { adaptive, settings, type SomeSettings } from "./adaptive_routing.ts";
import { needs, opened, slotOf } from "./lease_examples.ts";
import { balancerOver, type Machine } from "./machines.ts";

const MEDIUM = needs({ vcpu: 2, memoryGb: 4 });
/** 16 cores, of which a quarter is used, and a quarter of 64 GB. */
const QUARTER: Machine = { cpuPct: 25, memoryFreeGb: 48 };

function rule(changed: SomeSettings = {}): AdaptiveRule {
  return new AdaptiveRule(settings(changed), new UsualTimes());
}

function near(found: number, wanted: number): void {
  const off = Math.abs(found - wanted);
  assert.ok(off < 1e-9 * Math.max(1, Math.abs(wanted)), `${found} ${wanted}`);
}

function sum(by: AdaptiveRule, slot: Slot, isRequest = false): number {
  return Object.values(by.terms(slot, MEDIUM, isRequest))
    .reduce((a, b) => a + b, 0);
}

Deno.test("real use and latency are the score of a machine on which nothing was placed", () => {
  const slot = slotOf(QUARTER);
  slot.probed({ ok: true, latencyMs: 7 }, {
    unhealthyAfter: 3,
    healthyAfter: 2,
  }, 0);
  near(rule().score(slot, MEDIUM, false), 25 + 25 + 7);
});

Deno.test("promised load counts by its expected share, whether it was confirmed or not", () => {
  for (const startedAt of [undefined, 0]) {
    const slot = slotOf(QUARTER);
    opened(slot, needs({ vcpu: 4, memoryGb: 8 }), { startedAt });
    rule().settle(slot);
    const { cpu, memory } = rule().terms(slot, MEDIUM, false);
    near(cpu, 25 + 100 * 0.85 * 4 / 16);
    near(memory, 25 + 100 * 0.9 * 8 / 64);
  }
});

Deno.test("each term has its weight", () => {
  const slot = slotOf({ ...QUARTER, gpus: [[20, 24, 0], [10, 24, 0]] });
  slot.latencyMs = 8;
  const gpu = needs({ gpus: 1, gpuMemoryGb: 8 });
  const weights = { cpu: 2, memory: 3, gpu: 5, latency: 7 };
  const terms = rule({ weights }).terms(slot, gpu, false);
  assert.deepEqual(terms, {
    cpu: 50,
    memory: 75,
    gpu: 75,
    latency: 56,
    knee: 0,
    guard: 0,
  });
  slot.cards.book(gpu);
  near(rule({ weights }).terms(slot, gpu, false).gpu, 5 * (15 + 50));
});

Deno.test("beyond the knee points grow with the square, up to the full weight at the target", () => {
  const slot = slotOf({ cores: 20, cpuPct: 60 });
  const filled = (0.6 + 0.85 * 2 / 20) / 0.85;
  const { knee, guard } = rule().terms(slot, MEDIUM, false);
  near(knee, 150 * ((filled - 0.7) / 0.3) ** 2);
  assert.equal(guard, 0);
  near(rule().score(slot, MEDIUM, false), 60 + knee);
  const low = slotOf({ cores: 20, cpuPct: 50 });
  assert.equal(rule().terms(low, MEDIUM, false).knee, 0);
});

Deno.test("the guard decides what passing a target means, of cores as of memory", () => {
  const pastCpu = slotOf({ cpuPct: 80 });
  const pastMemory = slotOf({ memoryFreeGb: 4 });
  for (const slot of [pastCpu, pastMemory]) {
    const of = (guard: "penalty" | "prefer" | "strict" | "off") => {
      const by = rule({ headroom: { guard } });
      return [
        by.terms(slot, MEDIUM, false).guard,
        by.lacks(slot, MEDIUM, false)[0]?.reason,
      ];
    };
    assert.deepEqual(of("off"), [0, undefined]);
    assert.deepEqual(of("penalty"), [1000, undefined]);
    assert.deepEqual(of("prefer"), [1e6, undefined]);
    const strict = slot === pastCpu ? "cores" : "memory";
    assert.deepEqual(of("strict"), [Infinity, strict]);
  }
});

Deno.test("a machine behind the guard is taken when there is no other, unless the guard is strict", () => {
  const over = (
    guard: "prefer" | "strict",
    machines: Record<string, Machine>,
  ) =>
    balancerOver(machines, { routing: adaptive({ headroom: { guard } }) })
      .place({ tier: "medium" }, 0);
  const alone = over("prefer", { full: { cpuPct: 80 } });
  assert.equal(alone.kind, "placed");
  const far = {
    latitude: 0,
    longitude: 179,
    country: "",
    city: "",
  };
  const both = over("prefer", { full: { cpuPct: 80 }, far: { place: far } });
  assert.ok(both.kind === "placed" && both.backendId === "far");
  assert.equal(over("strict", { full: { cpuPct: 80 } }).kind, "refused");
});

Deno.test("a request is scored by the answer to expect, which grows with the square of what is in flight", () => {
  const [by, slot] = [rule(), slotOf(QUARTER)];
  slot.latencyMs = 4;
  by.learn(slot, 100, false, 0);
  by.advance([slot], 0);
  for (const inFlight of [0, 7, 31]) {
    slot.inFlight = inFlight;
    const queue = (inFlight + 1) / 16;
    const terms = by.terms(slot, MEDIUM, true);
    near(terms.latency, 4 + 100 * (1 + 3 * queue ** 2));
    assert.deepEqual([terms.knee, terms.guard], [0, 0]);
    near(by.score(slot, MEDIUM, true), sum(by, slot, true));
  }
});

Deno.test("other servers' requests are reckoned with", () => {
  const [by, slot] = [rule({ peers: 4 }), slotOf(QUARTER)];
  by.learn(slot, 100, false, 0);
  by.advance([slot], 0);
  slot.inFlight = 8;
  const { latency } = by.terms(slot, MEDIUM, true);
  near(latency, 100 * (1 + 3 * (33 / 16) ** 2));
});

Deno.test("a backend nothing is known of counts as a good one, and so does a slow one in the long run", () => {
  const by = rule();
  const [fast, slow, fresh] = [slotOf(), slotOf(), slotOf()];
  for (const answerMs of [20, 20]) by.learn(fast, answerMs, false, 0);
  by.learn(slow, 4000, false, 0);
  const other = slotOf();
  by.learn(other, 50, false, 0);
  const slots = [fast, slow, other, fresh];
  assert.equal(by.advance(slots, 0), true);
  const at = (slot: Slot) => by.terms(slot, MEDIUM, true).latency;
  const first = 1 + 3 / 16 ** 2;
  near(at(fresh), 20 * first);
  near(at(slow), 4000 * first);
  assert.equal(by.advance(slots, 499), false);
  assert.equal(by.advance(slots, 100_000), true);
  assert.ok(at(slow) < 21 * first && at(slow) > 20 * first, `${at(slow)}`);
});

Deno.test("an error counts as a second, or five usual answers, or its own time, whichever is longest", () => {
  const by = rule();
  const learned = (answerMs: number) => {
    const slot = slotOf();
    by.learn(slot, answerMs, true, 0);
    return slot.response.meanMs;
  };
  near(learned(3), 1000);
  near(learned(8000), 8000);
  const usual = slotOf();
  by.learn(usual, 400, false, 0);
  by.advance([usual], 0);
  near(learned(3), 2000);
});

Deno.test("distance weighs fully for sessions and little for requests", () => {
  const place = { latitude: 0, longitude: 0, country: "", city: "" };
  const machines = {
    near: { place, cpuPct: 30 },
    far: { place: { ...place, longitude: 1 } },
  };
  const balancer = balancerOver(machines, { routing: adaptive() });
  const pick = (isRequest: boolean) => {
    const decision = balancer.place({ tier: "small", place, isRequest }, 0);
    return decision.kind === "placed" ? decision.backendId : undefined;
  };
  assert.deepEqual([pick(false), pick(true)], ["near", "far"]);
});

Deno.test("of near equals the less filled one of two takes a request, and a session only beside other servers", () => {
  let turn = 0;
  const chance = () => [0, 0.99][turn++ % 2] ?? 0;
  const machines = { a: {}, b: { cpuPct: 0.5 }, c: { cpuPct: 0.9 } };
  const pick = (peers: number, isRequest: boolean) => {
    turn = 0;
    const routing = adaptive({ peers: peers });
    const balancer = balancerOver(machines, { routing, chance });
    const all = [0, 1].map(() =>
      balancer.place({ tier: "small", isRequest }, 0)
    );
    return all.map((one) => one.kind === "placed" && one.backendId);
  };
  // The second time a has one in flight, and c has none.
  assert.deepEqual(pick(1, true), ["a", "c"]);
  assert.equal(pick(1, false)[0], "a");
  assert.equal(turn, 0);
  pick(2, false);
  assert.ok(turn > 0);
});
