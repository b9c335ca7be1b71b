import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Ask } from "../../src/engine/decision.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import type { Waited } from "../../src/engine/wait_queue.ts";
import { ADAPTIVE, OPTIONS, TIERS } from "./fleets.ts";
import {
  balancerOver,
  type Machine,
  placed,
  registered,
  reported,
} from "./machines.ts";
import { east as eastOf, HERE, small, standing } from "./place_worlds.ts";

const QUEUE = { lengthMax: 4, waitMsMax: 40_000 };
const URGENT = tier({
  name: "urgent",
  vcpu: 2,
  memoryGb: 4,
  storageGb: 20,
  gpus: 0,
  gpuMemoryGb: 0,
  priority: 5,
});

/** A balancer whose asks may wait, and how those that waited fared, as `name kind`. */
class Line {
  readonly balancer: Balancer;
  readonly told: string[] = [];
  readonly waited: Waited[] = [];

  constructor(
    machines: Readonly<Record<string, Machine>>,
    queue = QUEUE,
    more: readonly Tier[] = [],
  ) {
    this.balancer = balancerOver(machines, {
      tiers: [...TIERS, URGENT, ...more],
      routing: ADAPTIVE,
      staleAfterMs: 200_000,
      queue,
    });
  }

  /** An ask of that name that waits. */
  wait(
    name: string,
    tierName: string,
    now = 0,
    more: Partial<Ask> = {},
  ): (() => void) | undefined {
    return this.balancer.wait({ tier: tierName, ...more }, now, (waited) => {
      this.told.push(`${name} ${waited.kind}`);
      this.waited.push(waited);
    });
  }

  /** Books all of the only machine's cores, one lease a core. */
  fill(cores: number): number[] {
    return Array.from(
      { length: cores },
      () => placed(this.balancer, "small").hold.leaseId,
    );
  }

  release(leaseId: number | undefined, now: number): void {
    assert.equal(this.balancer.release(leaseId ?? -1, now), true);
  }

  get depth(): number | undefined {
    return this.balancer.queue(0)?.depth;
  }
}

Deno.test("whoever waits gets the room that a lease leaves, at once and first come first served", () => {
  const line = new Line({ a: { cores: 2 } });
  const leases = line.fill(2);
  for (const name of ["first", "second", "third"]) line.wait(name, "small");
  assert.deepEqual(line.told, []);
  line.release(leases[0], 1000);
  assert.deepEqual(line.told, ["first placed"]);
  line.release(leases[1], 3000);
  assert.deepEqual(line.told, ["first placed", "second placed"]);
  const [first, second] = line.waited;
  assert.deepEqual([first?.waitedMs, second?.waitedMs], [1000, 3000]);
  assert.equal(line.balancer.leaseCount, 2);
  assert.equal(line.depth, 1);
});

Deno.test("every kind of news serves: a report, an end by time, a request's end, a return", () => {
  const report = new Line({ a: { cores: 2, cpuPct: 100 } });
  report.wait("one", "small");
  report.balancer.report("a", reported({ cores: 2 }), 30_000);
  assert.deepEqual(report.told, ["one placed"]);

  const time = new Line({ a: { cores: 1 } }, { ...QUEUE, waitMsMax: 1e6 });
  time.fill(1);
  time.wait("one", "small");
  time.balancer.sweep(OPTIONS.holdMs);
  assert.deepEqual(time.told, ["one placed"]);

  const end = new Line({ a: { cores: 1, memoryTotalGb: 1 } });
  const request = end.balancer.place({ tier: "small", isRequest: true }, 0);
  assert.ok(request.kind === "placed");
  end.wait("one", "small");
  end.balancer.finish(request.lease, { kind: "answered", answerMs: 1 }, 10);
  assert.deepEqual(end.told, ["one placed"]);

  const probe = new Line({ a: {}, b: { cores: 0 } });
  const probed = (ok: boolean, times: number) => {
    for (let i = 0; i < times; i++) {
      probe.balancer.probe("a", ok ? { ok, latencyMs: 1 } : { ok }, 0);
    }
  };
  probed(false, 3);
  probe.wait("one", "small");
  probed(true, 1);
  assert.deepEqual(probe.told, []);
  probed(true, 1);
  assert.deepEqual(probe.told, ["one placed"]);
});

Deno.test("a higher priority goes first, and those that asked first among equals", () => {
  const line = new Line({ a: { cores: 2 } });
  const leases = line.fill(2);
  line.wait("early", "medium", 0);
  line.wait("late", "pro-standard", 1);
  line.wait("urgent", "urgent", 2);
  line.release(leases[0], 3);
  assert.deepEqual(line.told, []);
  line.release(leases[1], 3);
  assert.deepEqual(line.told, ["urgent placed"]);
  line.balancer.releaseAll(4);
  line.balancer.releaseAll(5);
  assert.deepEqual(line.told.slice(1), ["early placed", "late placed"]);
});

Deno.test("a small ask may pass a big one that does not fit yet", () => {
  const line = new Line({ a: { cores: 4 } });
  const leases = line.fill(4);
  line.wait("big", "large");
  line.wait("small", "small");
  line.release(leases[0], 10);
  assert.deepEqual(line.told, ["small placed"]);
});

Deno.test("a big ask gets its room under a stream of small ones", () => {
  const line = new Line({ a: { cores: 4 } }, {
    lengthMax: 100,
    waitMsMax: 40_000,
  });
  let leases = line.fill(4);
  line.wait("big", "large", 0);
  for (let now = 100; now < 30_000; now += 100) {
    // One session ends and another comes: without room kept there would never be four free cores.
    const [oldest, ...others] = leases;
    if (oldest !== undefined) line.release(oldest, now);
    const next = line.balancer.place({ tier: "small" }, now);
    leases = next.kind === "placed" ? [...others, next.hold.leaseId] : others;
  }
  assert.deepEqual(line.told, ["big placed"]);
  const waitedMs = line.waited[0]?.waitedMs ?? 0;
  assert.ok(waitedMs >= 10_000 && waitedMs < 12_000, `${waitedMs}`);
});

Deno.test("the stream passes freely at first, and again once the big ask has its room", () => {
  const line = new Line({ a: { cores: 8 } });
  const leases = line.fill(6);
  line.wait("big", "large", 0);
  line.balancer.sweep(9_999);
  placed(line.balancer, "small", 9_999);
  line.balancer.sweep(10_000);
  assert.equal(line.balancer.place({ tier: "small" }, 10_000).kind, "refused");
  for (const lease of leases.slice(0, 3)) line.release(lease, 10_001);
  assert.deepEqual(line.told, ["big placed"]);
  line.release(leases[3], 10_002);
  placed(line.balancer, "small", 10_002);
});

Deno.test("room that was kept for an ask is everybody's again when the ask leaves or is refused", () => {
  for (const how of ["leaves", "is refused"]) {
    const line = new Line({ a: { cores: 4 } });
    line.fill(3);
    const withdraw = line.wait("big", "large", 0);
    line.balancer.sweep(10_000);
    const during = line.balancer.place({ tier: "small" }, 10_000);
    assert.ok(during.kind === "refused" && during.tally.cores === 1);
    if (how === "leaves") withdraw?.();
    placed(line.balancer, "small", how === "leaves" ? 10_000 : 40_000);
    assert.deepEqual(line.told, how === "leaves" ? [] : ["big refused"]);
  }
});

Deno.test("an ask waits for so long and no longer, and hears why nobody could take it", () => {
  const line = new Line({ a: { cores: 1 } });
  line.fill(1);
  line.wait("one", "small", 5000);
  line.balancer.sweep(44_999);
  assert.deepEqual(line.told, []);
  line.balancer.sweep(45_000);
  assert.deepEqual(line.told, ["one refused"]);
  const [one] = line.waited;
  assert.ok(one?.kind === "refused");
  assert.deepEqual([one.waitedMs, one.tally.cores], [40_000, 1]);
  line.balancer.releaseAll(50_000);
  assert.equal(line.balancer.leaseCount, 0);
});

Deno.test("a caller that has left gets nothing and books nothing, and may be said to leave twice", () => {
  const line = new Line({ a: { cores: 1 } });
  const [lease] = line.fill(1);
  const withdraw = line.wait("gone", "small");
  line.wait("next", "small");
  withdraw?.();
  withdraw?.();
  line.release(lease, 10);
  assert.deepEqual(line.told, ["next placed"]);
  assert.equal(line.balancer.queue(10)?.withdrawn, 1);
});

Deno.test("a full queue turns away, and has room again when somebody has left", () => {
  const line = new Line({ a: { cores: 1 } });
  line.fill(1);
  const withdrawals = ["1", "2", "3", "4"].map((name) =>
    line.wait(name, "small")
  );
  assert.equal(line.wait("5", "small"), undefined);
  withdrawals[0]?.();
  assert.notEqual(line.wait("6", "small"), undefined);
  assert.equal(line.depth, 4);
});

Deno.test("nobody waits without a queue, or for a tier that there is not", () => {
  const balancer = balancerOver({});
  assert.equal(balancer.wait({ tier: "small" }, 0, () => {}), undefined);
  assert.equal(balancer.queue(0), undefined);
  const line = new Line({});
  assert.equal(line.wait("one", "none"), undefined);
});

Deno.test("nothing waits its way onto a backend whose report is stale", () => {
  const line = new Line({ a: { cores: 1, memoryTotalGb: 1 } });
  const request = line.balancer.place({ tier: "small", isRequest: true }, 0);
  assert.ok(request.kind === "placed");
  line.wait("one", "small", 190_000);
  // Nothing has looked at the time since the report turned stale.
  const now = 200_001;
  const outcome = { kind: "answered", answerMs: now } as const;
  line.balancer.finish(request.lease, outcome, now);
  assert.deepEqual(line.told, []);
  assert.equal(line.depth, 1);
});

Deno.test("a session's lease whose time is over is not brought back to life by waiting for it", () => {
  const line = new Line({ a: { cores: 2 } });
  const first = placed(line.balancer, "small", 0, "alice").hold.leaseId;
  const now = OPTIONS.holdMs;
  line.wait("alice", "small", now - 1000, { stickyId: "alice" });
  line.balancer.report("a", reported({ cores: 2 }), now);
  const [alice] = line.waited;
  assert.ok(alice?.kind === "placed");
  assert.notEqual(alice.hold.leaseId, first);
});

Deno.test("operators see how many wait for what, and how it went", () => {
  const line = new Line({ a: { cores: 2 } });
  const [lease] = line.fill(2);
  line.wait("one", "small", 0);
  line.wait("two", "small", 1000);
  line.wait("big", "medium", 2000);
  line.wait("request", "medium", 3000, { isRequest: true });
  line.wait("too many", "small", 3000);
  line.release(lease, 4000);
  const { servedMsMean, servedMsMax, ...view } = line.balancer.queue(5000) ??
    { servedMsMean: 0, servedMsMax: 0 };
  assert.deepEqual(view, {
    depth: 3,
    lengthMax: 4,
    byTier: { small: 1, medium: 2 },
    oldestMs: 4000,
    served: 1,
    timedOut: 0,
    withdrawn: 0,
    turnedAway: 1,
  });
  assert.deepEqual([servedMsMean, servedMsMax], [4000, 4000]);
});

Deno.test("an ask whose key has come to stand for another tier is told so, and holds up nobody", () => {
  const line = new Line({ a: { cores: 4 } });
  const [one, two] = line.fill(4);
  line.wait("large", "large", 0, { idempotencyKey: "k" });
  line.wait("behind", "large", 0);
  line.release(one, 100);
  line.balancer.place({ tier: "small", idempotencyKey: "k" }, 100);
  line.release(two, 200);
  assert.deepEqual(line.told, ["large key_reused"]);
  assert.equal(line.depth, 1);
});

Deno.test("when the ask that a machine is kept for leaves, whoever waits there is served before a newcomer", () => {
  const line = new Line({ a: { cores: 4 } });
  const [lease] = line.fill(4);
  const leave = line.wait("big", "large", 0);
  line.wait("small", "small", 1000);
  line.balancer.sweep(11_000);
  line.release(lease, 12_000);
  assert.deepEqual(line.told, []);
  leave?.();
  assert.equal(
    line.balancer.place({ tier: "small" }, 12_001).kind,
    "refused",
  );
  assert.deepEqual(line.told, ["small placed"]);
});

Deno.test("a wait that ends in vain says what is lacking with all that the ask ruled out", () => {
  const line = new Line({ a: { cores: 1 }, b: { cores: 1 } });
  line.fill(1);
  line.wait("one", "small", 0, { exclude: new Set(["b"]) });
  line.balancer.sweep(40_000);
  const [waited] = line.waited;
  assert.ok(waited?.kind === "refused");
  const sum = Object.values(waited.tally).reduce((a, b) => a + b, 0);
  assert.equal(sum, waited.fleetSize);
});

const NEAR = small("near", { maxDistanceKm: 500 });
const FRENCH = small("french", { countries: new Set(["FR"]) });

Deno.test("whoever finds no room nearby keeps nobody waiting who is elsewhere", () => {
  const machines = {
    west: { cores: 1, place: standing(0) },
    east: { cores: 1, place: standing(3000) },
  };
  const line = new Line(machines, QUEUE, [NEAR]);
  const [west, east] = [HERE, eastOf(3000)].map((place) => {
    const decision = line.balancer.place({ tier: "near", place }, 0);
    assert.ok(decision.kind === "placed");
    return decision.hold.leaseId;
  });
  line.wait("west", "near", 0, { place: HERE });
  line.wait("east", "near", 0, { place: eastOf(3000) });
  line.release(east, 1000);
  assert.deepEqual(line.told, ["east placed"]);
  line.release(west, 2000);
  assert.deepEqual(line.told, ["east placed", "west placed"]);
});

Deno.test("no machine is kept for an ask that may not have it", () => {
  for (const tier of [NEAR, FRENCH]) {
    const machines = {
      out: { cores: 1, place: standing(3000, "US") },
      in: { cores: 1, place: standing(0, "FR"), cpuPct: 100 },
    };
    const line = new Line(machines, QUEUE, [NEAR, FRENCH]);
    line.wait("one", tier.name, 0, { place: HERE });
    // It has been passed by for so long that a machine is kept for it.
    line.balancer.sweep(QUEUE.waitMsMax / 2);
    const obstacles = line.balancer.backends(QUEUE.waitMsMax / 2)
      .map(({ obstacle }) => obstacle);
    assert.equal(obstacles[0], undefined);
    const { hold } = placed(line.balancer, "small", QUEUE.waitMsMax / 2);
    assert.ok(hold.leaseId > 0);
  }
});

Deno.test("a machine that moves abroad is kept no longer for one who may not have it there", () => {
  const machines = { a: { cores: 1, place: standing(0, "FR"), cpuPct: 100 } };
  const line = new Line(machines, QUEUE, [FRENCH]);
  const now = QUEUE.waitMsMax / 2;
  line.wait("one", "french");
  line.balancer.sweep(now);
  line.balancer.register(
    registered("a", { cores: 1, place: standing(0, "US") }),
    now,
  );
  line.balancer.report("a", reported({ cores: 1 }), now);
  assert.deepEqual(line.told, []);
  assert.equal(placed(line.balancer, "small", now).backendId, "a");
});

Deno.test("whoever waits for a machine that there is not costs nobody the machine kept for them", () => {
  const machines = { a: { cores: 4, place: standing(0, "US") } };
  const line = new Line(machines, QUEUE, [FRENCH]);
  const leases = line.fill(4);
  line.wait("nowhere", "french");
  line.wait("big", "large", 1);
  const now = QUEUE.waitMsMax / 2;
  line.balancer.sweep(now);
  line.release(leases[0], now);
  assert.equal(line.balancer.place({ tier: "small" }, now).kind, "refused");
  for (const lease of leases.slice(1)) line.release(lease, now);
  assert.deepEqual(line.told, ["big placed"]);
});

Deno.test("no machine is kept for an ask that rules it out", () => {
  const line = new Line({ a: { cores: 1 } });
  const [lease] = line.fill(1);
  line.wait("other", "small", 0, { exclude: new Set(["a"]) });
  const now = QUEUE.waitMsMax / 2;
  line.balancer.sweep(now);
  line.release(lease, now);
  assert.equal(placed(line.balancer, "small", now).backendId, "a");
});

Deno.test("tiers whose names look alike with a place behind stand in lines of their own", () => {
  const near = small("a", { maxDistanceKm: 500, memoryGb: 1000 });
  const lookAlikes = Array.from(
    { length: 32 },
    (_, line) => small(`a ${line}`, {}),
  );
  const line = new Line({ m: { cores: 32 } }, { ...QUEUE, lengthMax: 64 }, [
    near,
    ...lookAlikes,
  ]);
  const leases = line.fill(32);
  line.wait("far", "a", 0, { place: HERE });
  for (const { name } of lookAlikes) line.wait(name, name, 1);
  for (const lease of leases) line.release(lease, 2);
  assert.equal(line.told.length, 32);
});
