import assert from "node:assert/strict";
import type { Snapshot, StoreStatus } from "../../src/ports.ts";
import {
  FOREIGN_SEEN_MS,
  FOREIGN_SLACK_MS,
} from "../../src/store/foreign_writes.ts";
import { LOCK_RETRY_MS } from "../../src/store/lock_patience.ts";
import { drain, lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

/** Rounds of four writes that each of two processes makes at the same time. */
const ROUNDS = 400;
const PAUSES = 8;

Deno.test("two processes that write to one database at the same time make each other wait, and nothing else", async () => {
  await using home = new SqliteHome();
  await home.open()[Symbol.asyncDispose]();
  const told = await Promise.all([
    share(home.path, "old", 1),
    share(home.path, "new", 1_000_000),
  ]);
  for (const answer of told) {
    assert.deepEqual(answer, { durable: 4 * ROUNDS, of: 4 * ROUNDS, log: [] });
  }
  home.clock.stepWall(Date.now() - NOW_MS);
  await using store = home.open({ maxSticky: 10_000 });
  const { backends, sticky: assignments, leases, drains } = store.load();
  assert.deepEqual(
    [backends, assignments, leases, drains].map(({ length }) => length),
    Array(4).fill(2 * ROUNDS),
  );
});

Deno.test("what another process stores is told: what is new, what has changed, and none of it twice", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  await other.saveRegistration(registration("a"), NOW_MS - 60_000);
  await other.saveLease(lease(1, "a"));
  await other.saveDrain(drain("a"));
  home.clock.advance(2 * FOREIGN_SLACK_MS);

  const told: Snapshot[] = [];
  await using store = home.open({ onForeignWrites: (news) => told.push(news) });
  store.load();
  const savedMs = home.clock.wallMs();
  await Promise.all([
    other.saveRegistration(registration("b"), savedMs),
    other.saveSticky(sticky("alice", "b", { lastUsedMs: savedMs })),
    other.saveLease(lease(2, "b")),
    other.saveDrain(drain("b")),
  ]);
  await until("the first news", () => told.length === 1);
  assert.deepEqual(told, [{
    backends: [{ registration: registration("b"), lastSeenMs: savedMs }],
    reports: [],
    sticky: [sticky("alice", "b", { lastUsedMs: savedMs })],
    leases: [lease(2, "b")],
    drains: [drain("b")],
  }]);

  const renewed = lease(1, "a", { expiresMs: savedMs + 300_000 });
  const moved = registration("b", { endpoint: "http://10.0.0.8:8000" });
  const agreed = drain("a", { by: ["operator", "agent"] });
  await Promise.all([
    other.saveLease(renewed),
    other.saveRegistration(moved, savedMs),
    other.saveDrain(agreed),
  ]);
  await until("the second news", () => told.length === 2);
  assert.deepEqual(told[1], {
    backends: [{ registration: moved, lastSeenMs: savedMs }],
    reports: [],
    sticky: [],
    leases: [renewed],
    drains: [agreed],
  });
});

Deno.test("who hears no reports learns every few seconds which backends report to another process", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  await other.saveRegistration(registration("a"), NOW_MS);
  await other.saveRegistration(registration("silent"), NOW_MS);
  const told: Snapshot[] = [];
  await using store = home.open({ onForeignWrites: (news) => told.push(news) });
  store.load();
  for (let i = 1; i <= 6; i++) {
    home.clock.advance(FOREIGN_SEEN_MS / 2);
    other.saveReport("a", report(), home.clock.wallMs());
    // It is told each time, so that it is known that somebody has looked.
    other.saveLease(lease(i, "a"));
    await until(
      "a look",
      () => told.some(({ leases }) => leases.some(({ id }) => id === i)),
    );
  }
  const backends = told.flatMap(({ backends }) => backends);
  assert.deepEqual(
    backends.map(({ registration: { id }, lastSeenMs }) => [
      id,
      lastSeenMs - NOW_MS,
    ]),
    [1, 2, 3].map((times) => ["a", times * FOREIGN_SEEN_MS]),
  );
  assert.deepEqual(backends[0]?.registration, registration("a"));
});

Deno.test("what is said here meanwhile counts for more than what another process stored", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  await other.saveRegistration(registration("a"), NOW_MS);
  const told: Snapshot[] = [];
  await using store = home.open({ onForeignWrites: (news) => told.push(news) });
  store.load();
  home.clock.advance(1000);
  await other.saveLease(lease(2, "a"));
  await other.saveLease(lease(1, "a"));
  // Before any timer can have run, and so before anybody has looked.
  store.removeLease(1);
  await until("news", () => told.length > 0);
  assert.deepEqual(told.flatMap(({ leases }) => leases), [lease(2, "a")]);
});

Deno.test("a listener that fails stops neither writes nor looks", async () => {
  await using home = new SqliteHome();
  await using other = home.open();
  let calls = 0;
  await using store = home.open({
    onForeignWrites: () => {
      calls++;
      throw new Error("The fleet is full");
    },
  });
  store.load();
  for (const id of ["a", "b"]) {
    const before = calls;
    await other.saveRegistration(registration(id), home.clock.wallMs());
    await until("a call", () => calls > before);
  }
  assert.deepEqual(store.status(), { kind: "ok" });
  const causes = home.logger.lines.map(({ data }) => data.cause);
  assert.ok(causes.includes("The fleet is full"));
});

Deno.test("a short lock delays what is acknowledged, however much comes meanwhile, and is no outage", async () => {
  await using home = new SqliteHome();
  const told: StoreStatus[] = [];
  await using store = home.open({ onOutage: (status) => told.push(status) });
  using other = home.connect();
  other.exec("BEGIN IMMEDIATE");
  const saved = [store.saveRegistration(registration("a"), NOW_MS)];
  for (let i = 0; i < PAUSES; i++) {
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    for (let j = 0; j < 100; j++) {
      saved.push(store.saveSticky(sticky(`session ${i}.${j}`, "a")));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  other.exec("ROLLBACK");
  const answers = await Promise.all(saved);
  assert.ok(answers.every((answer) => answer === "durable"));
  assert.deepEqual(told, []);
  assert.deepEqual(home.logger.lines, []);
});

Deno.test("who asks to be told hears once that an outage began and once that it is over", async () => {
  await using home = new SqliteHome();
  const told: StoreStatus[] = [];
  await using store = home.open({
    onOutage: (status) => {
      told.push(status);
      throw new Error("Nobody listens");
    },
  });
  using other = home.connect();
  other.exec("BEGIN IMMEDIATE");
  const saved = store.saveRegistration(registration("a"), NOW_MS);
  assert.equal(await saved, "memory");
  await store.flush();
  other.exec("ROLLBACK");
  await until("recovery", () => store.status().kind === "ok");
  assert.deepEqual(told, [
    {
      kind: "degraded",
      sinceMs: NOW_MS,
      reason: "locked by another process (SQLITE_BUSY)",
    },
    { kind: "ok" },
  ]);
});

/** Writes in a process of its own. */
async function share(
  path: string,
  name: string,
  firstId: number,
): Promise<unknown> {
  const script = new URL("./sharing_child.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-read", "--allow-write", script],
      ...[path, name, String(ROUNDS), String(firstId)],
    ],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout).split("\n").at(-2) ?? "");
}
