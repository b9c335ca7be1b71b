import assert from "node:assert/strict";
import { OPTIONS } from "./fleets.ts";
import { balancerOver, placed, registered, reported } from "./machines.ts";

Deno.test("the documented example: of 8 GB free A takes 4, B takes 4, and C goes elsewhere", () => {
  const balancer = balancerOver({
    near: { memoryTotalGb: 16, memoryFreeGb: 8 },
    far: { cpuPct: 50, memoryTotalGb: 16, memoryFreeGb: 8 },
  });
  assert.equal(placed(balancer, "medium").backendId, "near");
  assert.equal(placed(balancer, "medium").backendId, "near");
  assert.equal(placed(balancer, "medium").backendId, "far");
});

Deno.test("the documented scale: 150 backends take 1,000 routes, and every one is placed", () => {
  const machines = Object.fromEntries(
    Array.from({ length: 150 }, (_, i) => [`b${i}`, {}]),
  );
  const balancer = balancerOver(machines);
  for (let i = 0; i < 1000; i++) placed(balancer, "medium");
  const held = balancer.backends(0).map((view) => view.held.vcpu);
  assert.equal(held.reduce((a, b) => a + b, 0), 2000);
  assert.ok(held.every((vcpu) => vcpu <= 16));
});

Deno.test("10,000 asks for the last free slot book it exactly once", () => {
  const balancer = balancerOver({ only: { cores: 1 } });
  let booked = 0;
  for (let i = 0; i < 10_000; i++) {
    if (balancer.place({ tier: "small" }, 0).kind === "placed") booked++;
  }
  assert.equal(booked, 1);
  assert.equal(balancer.leaseCount, 1);
});

Deno.test("a hold counts in the filter and not in the score", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 1 } });
  for (let i = 0; i < 8; i++) {
    assert.equal(placed(balancer, "medium").backendId, "a");
  }
  assert.equal(placed(balancer, "medium").backendId, "b");
});

Deno.test("a hold ends by itself when its time has come, not before", () => {
  const balancer = balancerOver({ only: { cores: 2 } });
  const { hold } = placed(balancer, "medium", 0);
  assert.equal(hold.expiresAt, OPTIONS.holdMs);
  const early = balancer.place({ tier: "medium" }, OPTIONS.holdMs - 1);
  assert.equal(early.kind, "refused");
  placed(balancer, "medium", OPTIONS.holdMs);
});

Deno.test("a released hold gives its room back once", () => {
  const balancer = balancerOver({ only: { cores: 2 } });
  const { hold } = placed(balancer, "medium");
  assert.equal(balancer.release(hold.leaseId, 0), true);
  assert.equal(balancer.release(hold.leaseId, 0), false);
  placed(balancer, "medium");
  assert.equal(balancer.place({ tier: "medium" }, 0).kind, "refused");
});

Deno.test("ending every hold leaves exactly nothing held", () => {
  const balancer = balancerOver({ a: {}, b: {} });
  for (const tier of ["small", "medium", "large"]) placed(balancer, tier);
  assert.equal(balancer.releaseAll(0), 3);
  for (const { held } of balancer.backends(0)) {
    assert.deepEqual(held, { leases: 0, vcpu: 0, memoryGb: 0, storageGb: 0 });
  }
});

Deno.test("an unknown tier is told apart from a full fleet", () => {
  const balancer = balancerOver({ a: {} });
  assert.deepEqual(balancer.place({ tier: "huge" }, 0), {
    kind: "unknown_tier",
    tier: "huge",
  });
});

Deno.test("a refusal counts every backend under the reason that removed it", () => {
  const balancer = balancerOver({
    tired: { cpuPct: 80 },
    forgetful: { memoryFreeGb: 3.9 },
    full: { diskFreeGb: 19 },
    sick: {},
  });
  balancer.register(registered("silent"), 0);
  for (let i = 0; i < 3; i++) balancer.probe("sick", { ok: false }, 0);
  const decision = balancer.place({ tier: "medium" }, 0);
  assert.ok(decision.kind === "refused");
  assert.equal(decision.fleetSize, 5);
  const counted = Object.entries(decision.tally).filter(([, n]) => n > 0);
  assert.deepEqual(Object.fromEntries(counted), {
    stale: 1,
    unhealthy: 1,
    cores: 1,
    memory: 1,
    storage: 1,
  });
});

Deno.test("a backend takes nothing before its first report and after its last one is stale", () => {
  const balancer = balancerOver({});
  balancer.register(registered("a"), 0);
  assert.equal(balancer.place({ tier: "small" }, 0).kind, "refused");
  assert.match(balancer.backends(0)[0]?.obstacle ?? "", /no report yet/);
  balancer.report("a", reported(), 1000);
  placed(balancer, "small", 1000 + OPTIONS.staleAfterMs);
  const late = 1001 + OPTIONS.staleAfterMs;
  assert.equal(balancer.place({ tier: "small" }, late).kind, "refused");
  assert.match(balancer.backends(late)[0]?.obstacle ?? "", /300 s ago/);
  balancer.report("a", reported(), late);
  placed(balancer, "small", late);
});

Deno.test("registering again keeps a backend alive and does not make an old report new", () => {
  const balancer = balancerOver({ a: {} });
  const late = OPTIONS.staleAfterMs + 1;
  assert.equal(balancer.register(registered("a"), late), "updated");
  assert.deepEqual(balancer.census(late), { active: 1, available: 0 });
  assert.equal(balancer.place({ tier: "small" }, late).kind, "refused");
});

Deno.test("the first registered wins a tie, also after registering again and after another left", () => {
  const balancer = balancerOver({ gone: { cpuPct: 1 }, b: {}, c: {} });
  balancer.register(registered("b"), 1);
  const late = OPTIONS.staleAfterMs + 1;
  balancer.report("b", reported(), late);
  balancer.report("c", reported(), late);
  assert.deepEqual(balancer.removeSilent(OPTIONS.staleAfterMs, late), ["gone"]);
  assert.equal(placed(balancer, "small", late).backendId, "b");
});

Deno.test("a removed backend takes its holds and its sessions along", () => {
  const balancer = balancerOver({ a: {} });
  placed(balancer, "small", 0, "alice");
  const late = OPTIONS.staleAfterMs + 1;
  assert.deepEqual(balancer.removeSilent(OPTIONS.staleAfterMs, late), ["a"]);
  assert.equal(balancer.size, 0);
  assert.equal(balancer.leaseCount, 0);
  balancer.register(registered("b"), late);
  balancer.report("b", reported(), late);
  assert.equal(placed(balancer, "small", late, "alice").stickiness, "assigned");
});

Deno.test("a backend that is taken out by its id leaves the others as they were", () => {
  const balancer = balancerOver({ a: {}, b: {} });
  placed(balancer, "small", 0, "alice");
  const [lease] = balancer.leases(0);
  const id = lease?.slot.registration.id ?? "";
  balancer.remove(id);
  balancer.remove("nobody");
  assert.deepEqual([balancer.size, balancer.leaseCount], [1, 0]);
  const next = placed(balancer, "small", 0, "alice");
  assert.notEqual(next.backendId, id);
  assert.equal(next.stickiness, "assigned");
});

Deno.test("a full fleet takes no further backend and goes on serving those it has", () => {
  const balancer = balancerOver({ a: {}, b: {} }, { maxBackends: 2 });
  assert.equal(balancer.register(registered("c"), 0), "fleet_full");
  assert.equal(balancer.register(registered("a"), 0), "updated");
  assert.equal(balancer.report("c", reported(), 0), "unknown_backend");
  assert.equal(balancer.size, 2);
});

Deno.test("latency of successful probes is added to the score, smoothed", () => {
  const balancer = balancerOver({ a: {}, b: { cpuPct: 5 } });
  balancer.probe("a", { ok: true, latencyMs: 10 }, 0);
  assert.equal(placed(balancer, "small").backendId, "b");
  for (let i = 0; i < 9; i++) {
    balancer.probe("a", { ok: true, latencyMs: 0 }, 0);
  }
  assert.equal(placed(balancer, "small").backendId, "a");
  assert.equal(balancer.probe("none", { ok: false }, 0), "unknown_backend");
});

Deno.test("distance decides between equals, and an unknown place is 0 km away", () => {
  const place = { country: "", city: "" };
  const balancer = balancerOver({
    sydney: { place: { latitude: -33.87, longitude: 151.21, ...place } },
    paris: { place: { latitude: 48.86, longitude: 2.35, ...place } },
  });
  const london = { latitude: 51.51, longitude: -0.13 };
  const decision = balancer.place({ tier: "small", place: london }, 0);
  assert.ok(decision.kind === "placed");
  assert.equal(decision.backendId, "paris");
  assert.ok(Math.abs(decision.distanceKm - 344) < 2, `${decision.distanceKm}`);
  const nowhere = balancer.place({ tier: "small" }, 0);
  assert.ok(nowhere.kind === "placed");
  assert.equal(nowhere.backendId, "sydney");
  assert.equal(nowhere.distanceKm, 0);
});

Deno.test("a backend that moves is measured from its new place", () => {
  const oslo = { latitude: 59.91, longitude: 10.75, country: "", city: "" };
  const rome = { latitude: 41.9, longitude: 12.5, country: "", city: "" };
  const balancer = balancerOver({ a: { place: oslo }, b: { place: rome } });
  const ask = { tier: "small", place: rome };
  const before = balancer.place(ask, 0);
  balancer.register(registered("a", { place: rome }), 0);
  balancer.register(registered("b", { place: oslo }), 0);
  const after = balancer.place(ask, 0);
  assert.ok(before.kind === "placed" && after.kind === "placed");
  assert.deepEqual([before.backendId, after.backendId], ["b", "a"]);
});

Deno.test("the reason why nothing fits is told in words", () => {
  const balancer = balancerOver({ busy: { cpuPct: 95 }, fine: {} });
  const [busy, fine] = balancer.backends(0);
  assert.match(busy?.obstacle ?? "", /lacks cores/);
  assert.equal(fine?.obstacle, undefined);
});
