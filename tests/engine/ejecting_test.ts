import assert from "node:assert/strict";
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Outcome } from "../../src/engine/ejection.ts";
import { EJECTION_DEFAULTS } from "../../src/engine/routing_options.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { ADAPTIVE } from "./fleets.ts";
import {
  balancerOver,
  type Machine,
  placed,
  registered,
  reported,
} from "./machines.ts";

const FAILED: Outcome = { kind: "failed", answerMs: 1 };
const ANSWERED: Outcome = { kind: "answered", answerMs: 1 };

type Told = (readonly [string, number | undefined])[];

function fleetOf(size: number): { balancer: Balancer; told: Told } {
  const told: Told = [];
  const machines: Record<string, Machine> = {};
  for (let i = 0; i < size; i++) machines[`b${i}`] = {};
  const balancer = balancerOver(machines, {
    onEvent: (event) => {
      if (event.kind === "ejected") told.push([event.backendId, event.until]);
      else if (event.kind === "returned") {
        told.push([event.backendId, undefined]);
      }
    },
    staleAfterMs: Infinity,
  });
  return { balancer, told };
}

/** Sends so many requests to one backend, all of which end like that. */
function end(
  balancer: Balancer,
  id: string,
  outcome: Outcome,
  count: number,
  now: number,
): void {
  for (let i = 0; i < count; i++) {
    balancer.finish(requestTo(balancer, id, now), outcome, now);
  }
}

/** Sends a request to one backend. */
function requestTo(balancer: Balancer, id: string, now: number): Lease {
  const exclude = new Set(
    balancer.backends(now).map(({ registration }) => registration.id)
      .filter((other) => other !== id),
  );
  const ask = { tier: "small", isRequest: true, exclude };
  const decision = balancer.place(ask, now);
  assert.ok(decision.kind === "placed", decision.kind);
  return decision.lease;
}

function isOut(balancer: Balancer, id: string, now: number): boolean {
  const view = balancer.backends(now)
    .find(({ registration }) => registration.id === id);
  return /ejected/.test(view?.obstacle ?? "");
}

Deno.test("a backend that fails five requests in a row takes nothing for five seconds, then is back", () => {
  const { balancer, told } = fleetOf(2);
  end(balancer, "b0", FAILED, 4, 0);
  assert.equal(placed(balancer, "small").backendId, "b0");
  end(balancer, "b0", FAILED, 1, 0);
  assert.deepEqual(told, [["b0", 5000]]);
  assert.equal(placed(balancer, "small", 4999).backendId, "b1");
  assert.equal(placed(balancer, "small", 5000).backendId, "b0");
  assert.deepEqual(told, [["b0", 5000], ["b0", undefined]]);
});

Deno.test("a backend that fails again is out for twice as long", () => {
  const { balancer, told } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  end(balancer, "b0", FAILED, 1, 5000);
  assert.deepEqual(told.at(-1), ["b0", 15_000]);
});

Deno.test("the only backend, and the last one, are never left out", () => {
  const { balancer } = fleetOf(1);
  end(balancer, "b0", FAILED, 20, 0);
  assert.equal(isOut(balancer, "b0", 0), false);
  const two = fleetOf(2).balancer;
  end(two, "b0", FAILED, 5, 0);
  end(two, "b1", FAILED, 20, 0);
  assert.deepEqual([isOut(two, "b0", 0), isOut(two, "b1", 0)], [true, false]);
});

Deno.test("no more of the fleet is out than its share, and the next one follows when there is room again", () => {
  const { balancer, told } = fleetOf(10);
  for (const id of ["b0", "b1", "b2"]) end(balancer, id, FAILED, 5, 0);
  end(balancer, "b3", FAILED, 20, 1000);
  assert.deepEqual(told.map(([id]) => id), ["b0", "b1", "b2"]);
  end(balancer, "b3", FAILED, 1, 5000);
  assert.deepEqual(told.at(-1), ["b3", 10_000]);
});

Deno.test("a refusal counts who is left out, and asks may be made again when the first returns", () => {
  const { balancer } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  balancer.report("b1", reported({ cpuPct: 100 }), 0);
  const decision = balancer.place({ tier: "medium" }, 1000);
  assert.ok(decision.kind === "refused");
  assert.deepEqual([decision.tally.ejected, decision.tally.cores], [1, 1]);
  assert.equal(decision.retryAfterMs, 4000);
});

Deno.test("sessions of a backend that is left out go elsewhere, and their room goes along", () => {
  const { balancer } = fleetOf(2);
  assert.equal(placed(balancer, "small", 0, "alice").backendId, "b0");
  end(balancer, "b0", FAILED, 5, 0);
  assert.deepEqual(balancer.assignments(), []);
  const moved = placed(balancer, "small", 0, "alice");
  assert.deepEqual([moved.backendId, moved.stickiness], ["b1", "moved"]);
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("answers to what was in flight are heard, and what they took counts from the return on", () => {
  const { balancer } = fleetOf(2);
  const before = balancer.place({ tier: "small", isRequest: true }, 0);
  assert.ok(before.kind === "placed" && before.backendId === "b0");
  end(balancer, "b0", FAILED, 5, 0);
  balancer.finish(before.lease, ANSWERED, 1000);
  assert.equal(isOut(balancer, "b0", 1000), true);
  end(balancer, "b0", ANSWERED, 1, 5000);
  end(balancer, "b0", FAILED, 4, 5000);
  assert.equal(isOut(balancer, "b0", 5000), false);
});

Deno.test("a backend that is back gets one request at a time until it has answered one", () => {
  const { balancer } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  const ask = { tier: "small", isRequest: true };
  const only = { ...ask, exclude: new Set(["b1"]) };
  const first = balancer.place(only, 5000);
  assert.ok(first.kind === "placed" && first.backendId === "b0");
  const second = balancer.place(only, 5000);
  assert.ok(second.kind === "refused" && second.tally.ejected === 1);
  balancer.finish(first.lease, { kind: "abandoned" }, 5000);
  const third = balancer.place(only, 5000);
  assert.ok(third.kind === "placed", third.kind);
  assert.equal(balancer.place(only, 5000).kind, "refused");
  balancer.finish(third.lease, ANSWERED, 5001);
  for (let i = 0; i < 3; i++) {
    assert.equal(balancer.place(only, 5001).kind, "placed");
  }
});

Deno.test("a request of a trial that lasts does not keep the others away for long", () => {
  const { balancer } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  const only = {
    ...{ tier: "small", isRequest: true, exclude: new Set(["b1"]) },
  };
  assert.equal(balancer.place(only, 5000).kind, "placed");
  assert.equal(balancer.place(only, 5100).kind, "refused");
  assert.equal(balancer.place(only, 5600).kind, "placed");
  assert.equal(balancer.place(only, 5700).kind, "refused");
});

Deno.test("a trial ends when nobody else is there to take what it would keep away", () => {
  const { balancer } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  balancer.report("b0", reported(), 5000);
  assert.equal(placed(balancer, "small", 5000).backendId, "b0");
  balancer.removeSilent(1000, 6000);
  assert.equal(balancer.size, 1);
  for (let i = 0; i < 4; i++) {
    const ask = { tier: "small", isRequest: true };
    assert.equal(balancer.place(ask, 6000).kind, "placed");
  }
});

Deno.test("a backend that fails its probes is not back when its time is over, but when one succeeds", () => {
  const { balancer, told } = fleetOf(3);
  end(balancer, "b0", FAILED, 5, 0);
  balancer.probe("b0", { ok: false }, 1000);
  balancer.sweep(9000);
  assert.equal(isOut(balancer, "b0", 9000), true);
  balancer.probe("b0", { ok: true, latencyMs: 1 }, 9100);
  balancer.sweep(9600);
  assert.equal(isOut(balancer, "b0", 9600), false);
  assert.equal(told.length, 2);
});

Deno.test("a backend that could not be probed and now can is back before its time", () => {
  const { balancer } = fleetOf(3);
  end(balancer, "b0", FAILED, 5, 0);
  balancer.probe("b0", { ok: true, latencyMs: 1 }, 500);
  assert.equal(isOut(balancer, "b0", 1000), true);
  balancer.probe("b0", { ok: false }, 1000);
  assert.equal(isOut(balancer, "b0", 1500), true);
  balancer.probe("b0", { ok: true, latencyMs: 1 }, 2000);
  assert.equal(isOut(balancer, "b0", 2000), false);
});

Deno.test("who is well again while it is left out counts against the share again, and another comes back for it", () => {
  const { balancer } = fleetOf(5);
  end(balancer, "b0", FAILED, 5, 0);
  for (let i = 0; i < 3; i++) balancer.probe("b0", { ok: false }, 100 + i);
  end(balancer, "b1", FAILED, 5, 200);
  for (let i = 0; i < 2; i++) {
    balancer.probe("b0", { ok: true, latencyMs: 1 }, 300 + i);
  }
  const outNow = ["b0", "b1"].filter((id) => isOut(balancer, id, 400));
  assert.deepEqual(outNow, ["b1"]);
});

Deno.test("who is unhealthy by now takes nobody's place among those that may be left out", () => {
  const { balancer, told } = fleetOf(5);
  end(balancer, "b0", FAILED, 5, 0);
  for (let i = 0; i < 3; i++) balancer.probe("b0", { ok: false }, 100 + i);
  end(balancer, "b1", FAILED, 5, 200);
  assert.deepEqual(told.map(([id]) => id), ["b0", "b1"]);
});

Deno.test("without probes nobody is unhealthy any more", () => {
  const { balancer } = fleetOf(3);
  for (let i = 0; i < 3; i++) balancer.probe("b0", { ok: false }, i);
  const healthOf = () => balancer.backends(10).map(({ health }) => health);
  assert.deepEqual(healthOf(), ["unhealthy", "unknown", "unknown"]);
  balancer.forgetProbes(10);
  assert.deepEqual(healthOf(), ["unknown", "unknown", "unknown"]);
  assert.equal(placed(balancer, "small", 10).backendId, "b0");
});

Deno.test("a backend that leaves while it is out returns as a new one", () => {
  const { balancer, told } = fleetOf(3);
  end(balancer, "b0", FAILED, 5, 0);
  balancer.report("b1", reported(), 2000);
  balancer.report("b2", reported(), 2000);
  assert.deepEqual(balancer.removeSilent(1000, 2000), ["b0"]);
  balancer.sweep(10_000);
  assert.deepEqual(told, [["b0", 5000]]);
  assert.equal(balancer.size, 2);
});

Deno.test("overload alone leaves nobody out: time-outs beside answers don't count", () => {
  const { balancer, told } = fleetOf(2);
  for (let i = 0; i < 50; i++) {
    end(balancer, "b0", ANSWERED, 1, i * 100);
    end(balancer, "b0", { kind: "timed_out", timeoutMs: 1000 }, 3, i * 100);
  }
  assert.deepEqual(told, []);
});

Deno.test("what was learned of a backend's answers is forgotten when it is left out", () => {
  const balancer = balancerOver({ a: {}, b: {} }, { routing: ADAPTIVE });
  end(balancer, "b", { kind: "answered", answerMs: 100 }, 1, 0);
  end(balancer, "a", { kind: "failed", answerMs: 9000 }, 5, 0);
  const plan = balancer.explain({ tier: "small", isRequest: true }, 5000);
  const points = plan?.candidates.map((one) =>
    one.kind === "fits" && one.terms.latency
  );
  assert.equal(points?.length, 2);
  assert.ok(typeof points[0] === "number" && points[0] < 110, `${points}`);
  assert.equal(points[0], points[1]);
});

Deno.test("nobody is left out when that is switched off", () => {
  const balancer = balancerOver({ a: {}, b: {} }, {
    ejection: undefined,
    routing: ADAPTIVE,
  });
  end(balancer, "a", FAILED, 50, 0);
  assert.equal(isOut(balancer, "a", 0), false);
});

Deno.test("when the others leave the fleet, the last one comes back at once", () => {
  const { balancer, told } = fleetOf(2);
  end(balancer, "b0", FAILED, 5, 0);
  assert.equal(isOut(balancer, "b0", 0), true);
  balancer.register(registered("b0"), 1000);
  assert.deepEqual(balancer.removeSilent(500, 1000), ["b1"]);
  assert.equal(isOut(balancer, "b0", 1000), false);
  assert.deepEqual(told.at(-1), ["b0", undefined]);
});

Deno.test("each failure makes a backend suspect that takes work, whoever leaves it out or not", () => {
  for (const ejection of [EJECTION_DEFAULTS, undefined]) {
    const suspected: string[] = [];
    const balancer = balancerOver({ a: {}, b: {} }, {
      ejection,
      onSuspect: (id) => suspected.push(id),
    });
    const late = [0, 1].map(() => requestTo(balancer, "a", 0));
    end(balancer, "a", FAILED, 5, 0);
    assert.deepEqual(suspected, ["a", "a", "a", "a", "a"]);
    for (const lease of late) balancer.finish(lease, FAILED, 1);
    assert.equal(suspected.length, ejection === undefined ? 7 : 5);
  }
});
