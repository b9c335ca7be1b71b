import assert from "node:assert/strict";
import type { Durability } from "../../src/ports.ts";
import { PendingMap } from "../../src/store/pending_map.ts";
import { PendingWrites } from "../../src/store/pending_writes.ts";
import { registration, report, sticky } from "./examples.ts";
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
  assert.equal(pending.takeReportsDropped(), 15_000);
  assert.equal(pending.takeReportsDropped(), 0);
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
  pending.saveLost({
    backends: [],
    reports: [held("a"), held("b"), held("c")],
    sticky: [],
  });
  assert.equal(pending.takeReportsDropped(), 0);
  const [, newest] = [...pending.reports.entries()].at(-1) ?? [];
  assert.equal(newest?.backendId, "b");
});
