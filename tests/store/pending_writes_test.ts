import assert from "node:assert/strict";
import type { Durability } from "../../src/ports.ts";
import { saveLost } from "../../src/store/lost_file.ts";
import { PendingMap } from "../../src/store/pending_map.ts";
import {
  DECISIONS_PENDING_MAX,
  LEASES_PENDING_MAX,
  PendingWrites,
  REPORTS_MAX,
} from "../../src/store/pending_writes.ts";
import { EMPTY_SNAPSHOT } from "../../src/store/snapshot.ts";
import { AUDIT_PENDING_MAX } from "../../src/store/trust_writes.ts";
import {
  auditEntry,
  key,
  lease,
  registration,
  report,
  sticky,
  token,
} from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";

Deno.test("the key that came first gives way, and whoever waits for it is told", () => {
  const writes = new PendingMap<number>(2);
  const answers: Durability[] = [];
  const waiting = [(answer: Durability) => answers.push(answer)];
  assert.equal(writes.put("a", 1, waiting), false);
  assert.equal(writes.put("b", 2), false);
  assert.equal(writes.put("a", 3, waiting), false);
  assert.equal(writes.put("c", 4), true);
  assert.deepEqual([...writes.entries()], [["b", 2], ["c", 4]]);
  assert.deepEqual(answers, ["memory", "memory"]);
});

Deno.test("keys give way in the order in which they came, whatever was written in between", () => {
  const writes = new PendingMap<number>(3);
  for (const key of ["a", "b", "c", "d", "e"]) writes.put(key, 0);
  writes.take("d");
  writes.put("f", 0);
  writes.put("c", 1);
  writes.put("d", 0);
  assert.deepEqual([...writes.entries()].map(([key]) => key), ["e", "f", "d"]);
  writes.put("g", 0);
  assert.deepEqual([...writes.entries()].map(([key]) => key), ["f", "d", "g"]);
});

Deno.test("whoever waits is answered once", () => {
  const writes = new PendingMap<number>(2);
  const answers: Durability[] = [];
  writes.put("a", 1, [(answer) => answers.push(answer)]);
  writes.settleWaiting("memory");
  writes.settle("a", "durable");
  writes.settle("a", "durable");
  assert.deepEqual(answers, ["memory"]);
  assert.equal(writes.size, 0);
});

Deno.test("no kind of write waits beyond its bound, however long the database is away", () => {
  const pending = new PendingWrites({ backendsMax: 10, stickyMax: 20 });
  for (let i = 0; i < 25_000; i++) {
    pending.saveRegistration(registration(`backend ${i}`), NOW_MS);
    pending.saveReport({
      backendId: "kept",
      report: report(),
      atMs: NOW_MS,
    });
    pending.saveSticky(sticky(`session ${i}`, "kept"));
    pending.removeSticky({ stickyId: `gone ${i}`, tier: "medium" });
  }
  const ids = Array.from({ length: 100 }, (_, i) => `removed ${i}`);
  pending.removeBackends(new Set(ids));
  assert.equal(pending.registrations.size, 10);
  assert.equal(pending.sticky.size, 20);
  assert.equal(pending.removedSticky.size, 20);
  assert.equal(pending.removedBackends.size, 10);
  assert.equal(pending.reports.size, 10_000);
  assert.equal(pending.size, 10_060);
  assert.equal(pending.takeDropped().reports, 15_000);
  assert.equal(pending.takeDropped().reports, 0);
});

Deno.test("what a lost file held takes no place from newer writes", () => {
  const pending = new PendingWrites({ backendsMax: 10, stickyMax: 10 });
  for (let i = 0; i < 9999; i++) {
    pending.saveReport({ backendId: "a", report: report(), atMs: NOW_MS });
  }
  const held = (backendId: string) => ({
    backendId,
    report: report(),
    atMs: NOW_MS - 1000,
  });
  const reports = [held("a"), held("b"), held("c")];
  saveLost(pending, { ...EMPTY_SNAPSHOT, reports }, NOW_MS);
  assert.equal(pending.takeDropped().reports, 0);
  const [, newest] = [...pending.reports.entries()].at(-1) ?? [];
  assert.equal(newest?.backendId, "b");
});

Deno.test("the lease that waits longest and the oldest decision give way, and are counted", () => {
  const pending = new PendingWrites({ backendsMax: 10, stickyMax: 10 });
  const answers: Durability[] = [];
  const count = LEASES_PENDING_MAX + 3;
  for (let id = 1; id <= count; id++) {
    const waiting = id === 3
      ? [(answer: Durability) => answers.push(answer)]
      : [];
    pending.saveLease(lease(id, "a"), NOW_MS, waiting);
    // A new life takes no second place.
    pending.saveLease(lease(id, "a"), NOW_MS);
    pending.removeLease(-id);
  }
  assert.equal(pending.leases.size, LEASES_PENDING_MAX);
  assert.equal(pending.removedLeases.size, LEASES_PENDING_MAX);
  assert.deepEqual([3, 4, count].map((id) => pending.changesLease(id)), [
    false,
    true,
    true,
  ]);
  assert.deepEqual(answers, ["memory"]);
  for (let i = 0; i < DECISIONS_PENDING_MAX + 2; i++) {
    pending.saveDecision({ requestId: `r${i}`, atMs: NOW_MS, json: "{}" });
  }
  assert.equal(pending.decisions.size, DECISIONS_PENDING_MAX);
  assert.equal(pending.findDecision("r1"), undefined);
  assert.ok(pending.findDecision("r2") !== undefined);
  assert.deepEqual(pending.takeDropped(), {
    reports: 0,
    leases: 3,
    decisions: 2,
    keys: 0,
    tokens: 0,
    audit: 0,
  });
});

Deno.test("of a lost file's histories the newest reports of each backend find room first, and the leases that end last", () => {
  const pending = new PendingWrites({ backendsMax: 10, stickyMax: 10 });
  for (let i = 0; i < REPORTS_MAX - 3; i++) {
    pending.saveReport({ backendId: "x", report: report(), atMs: NOW_MS });
  }
  for (let id = 1; id <= LEASES_PENDING_MAX - 2; id++) {
    pending.saveLease(lease(id, "x"), NOW_MS);
  }
  const held = (backendId: string, agoMs: number) => ({
    backendId,
    report: report(),
    atMs: NOW_MS - agoMs,
  });
  const ending = (id: number, inMs: number) =>
    lease(id, "a", { expiresMs: NOW_MS + inMs });
  saveLost(pending, {
    ...EMPTY_SNAPSHOT,
    reports: [held("a", 3), held("a", 2), held("a", 1), held("b", 9)],
    leases: [ending(200_001, 70), ending(200_002, 50), ending(200_003, 60)],
  }, NOW_MS);
  assert.deepEqual(
    [...pending.reports.entries()].slice(-3).map(([, { backendId, atMs }]) =>
      `${backendId} ${NOW_MS - atMs}`
    ),
    ["a 2", "a 1", "b 9"],
  );
  assert.deepEqual(
    [200_001, 200_002, 200_003].map((id) => pending.changesLease(id)),
    [true, false, true],
  );
  assert.deepEqual(pending.takeDropped(), {
    reports: 0,
    leases: 0,
    decisions: 0,
    keys: 0,
    tokens: 0,
    audit: 0,
  });
});

Deno.test("the oldest line of the audit trail gives way and is counted; keys and tokens stay", () => {
  const pending = new PendingWrites({ backendsMax: 10, stickyMax: 10 });
  const { trust } = pending;
  trust.saveKey(key("agent:a"));
  trust.saveToken(token("t"));
  for (let line = 0; line < AUDIT_PENDING_MAX + 2; line++) {
    trust.saveAudit(auditEntry({ requestId: `${line}` }));
    trust.saveKey(key("agent:b", { createdMs: line }));
  }
  assert.equal(trust.audit.size, AUDIT_PENDING_MAX);
  const [[, oldest] = []] = trust.audit.entries();
  assert.equal(oldest?.requestId, "2");
  assert.deepEqual([...trust.keys.entries()].map(([name]) => name), [
    "agent:a",
    "agent:b",
  ]);
  const { keys, tokens, audit } = pending.takeDropped();
  assert.deepEqual({ keys, tokens, audit }, { keys: 0, tokens: 0, audit: 2 });
  assert.equal(pending.size, AUDIT_PENDING_MAX + 3);
});
