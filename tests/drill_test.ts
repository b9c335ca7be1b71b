import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Books, wrongMoves } from "./drill/books.ts";
import { FAULT_KINDS, planFaults } from "./drill/fault_plan.ts";
import type { FaultRecord, Sent } from "./drill/records.ts";
import type { DrillReport } from "./drill/report.ts";
import { SILENCE_MS_MAX, verdictOf } from "./drill/verdict.ts";
import { Chance } from "./fuzz/chance.ts";
import { toolTest } from "./tools.ts";

/** Those that show the most in a short time. */
const SHORT = ["backend_killed", "server_killed", "database_locked"];
/** How far off instants may be, where the tests say it. */
const SPARE_MS = 250;
/** A seed whose faults are short. */
const SHORT_SEED = 13;

toolTest(
  "sh",
  "a short drill: a killed backend, a killed server and a locked database lose nothing",
  async () => {
    const { code, stdout, stderr } = await drill([
      ...["--seconds", "1", "--seed", String(SHORT_SEED)],
      ...["--only", SHORT.join(","), "--json"],
    ]);
    assert.equal(code, 0, stdout + stderr);
    const { phases, violations }: DrillReport = JSON.parse(stdout);
    assert.deepEqual(violations, []);
    assert.equal(phases.length, 1);
    for (const { lanes, faults, sessions, live_leases } of phases) {
      assert.equal(faults.length, SHORT.length);
      assert.ok(lanes.every(({ sent, failed }) => sent > failed), stdout);
      assert.ok(sessions > live_leases && live_leases > 0, stdout);
    }
  },
);

Deno.test("a drill that is called wrongly says how to call it", async () => {
  for (const args of [["--only", "flood"], ["--seconds", "soon"]]) {
    const { code, stderr } = await drill(args);
    assert.equal(code, 64);
    assert.match(stderr, /^Usage: .*\nFaults: backend_killed, /);
  }
});

Deno.test("one seed plans the same faults again, each kind once in a round", () => {
  const plan = (seed: number) =>
    planFaults(FAULT_KINDS, 1, 5, new Chance(seed));
  assert.deepEqual(plan(1), plan(1));
  assert.notDeepEqual(plan(1), plan(2));
  assert.deepEqual(
    plan(1).map(({ kind }) => kind).toSorted(),
    FAULT_KINDS.toSorted(),
  );
});

Deno.test("a request that was under way at a kill is in flight, one that was sent later is not", () => {
  const killed = fault("backend_killed", "b1");
  assert.equal(verdict(sent(900, 1010), killed), "in flight");
  assert.equal(verdict(sent(900, 1010, "b2"), killed), "unexcused");
  const after = 1000 + SPARE_MS + 1;
  assert.equal(verdict(sent(after, after + 5, "b1"), killed), "unexcused");
  assert.equal(
    verdict(sent(900, 1010), killed, "503 no_capacity"),
    "unexcused",
  );
});

Deno.test("a frozen backend excuses only what was sent before its silence could be told from slowness", () => {
  const frozen = fault("backend_frozen", "b1");
  const late = 1000 + SILENCE_MS_MAX;
  assert.equal(verdict(sent(late, late + 2000, "b1"), frozen), "in flight");
  const tooLate = late + SPARE_MS + 1;
  assert.equal(verdict(sent(tooLate, tooLate, "b1"), frozen), "unexcused");
});

Deno.test("a stop excuses what was sent after it, but nothing that was under way", () => {
  const stopped = fault("server_stopped");
  assert.equal(verdict(sent(1001, 1002), stopped), "outage");
  assert.equal(verdict(sent(999, 1002), stopped), "unexcused");
  assert.equal(
    verdict(sent(999, 1002), stopped, "connection refused"),
    "outage",
  );
  assert.equal(verdict(sent(5001, 5002), stopped), "unexcused");
});

Deno.test("faults that concern no request excuse none", () => {
  for (const kind of ["disk_full", "clock_step", "bad_config"] as const) {
    assert.equal(verdict(sent(1500, 1501), fault(kind)), "unexcused");
  }
});

Deno.test("a session may leave a backend that failed, and no other", () => {
  const books = new Books();
  books.landed("s", "b1", 0, 10);
  books.landed("s", "b2", 1500, 1600);
  assert.deepEqual(
    wrongMoves(books.moves, [fault("backend_killed", "b1")]),
    [],
  );
  assert.equal(
    wrongMoves(books.moves, [fault("backend_killed", "b3")]).length,
    1,
  );
  assert.equal(
    wrongMoves(books.moves, [fault("backend_slow", "b1")]).length,
    1,
  );
});

Deno.test("a live lease that the server does not know is missing, unless its backend died", () => {
  const books = new Books();
  const now = performance.now();
  books.leased("s", "l1", "b1", now + 60_000);
  books.leased("t", "l2", "b2", now + 1000);
  assert.deepEqual(books.missing(new Set(["l1"]), []), []);
  assert.deepEqual(
    books.missing(new Set(), []).map(({ id }) => id),
    ["l1"],
  );
  const at = { fromMs: now, toMs: now, restedMs: now };
  const died = { ...fault("backend_killed", "b1"), ...at };
  assert.deepEqual(books.missing(new Set(), [died]), []);
});

/** A fault from 1 s to 5 s. */
function fault(kind: FaultRecord["kind"], target?: string): FaultRecord {
  return {
    kind,
    target,
    fromMs: 1000,
    toMs: 5000,
    restedMs: 5000,
    lastRequestMs: undefined,
  };
}

function sent(sentMs: number, endMs: number, backend?: string): Sent {
  return {
    lane: "sticky",
    sentMs,
    endMs,
    backend,
    cause: "502 upstream_closed",
  };
}

function verdict(sent: Sent, fault: FaultRecord, cause = sent.cause): string {
  return verdictOf({ ...sent, cause }, [fault], SPARE_MS).verdict;
}

async function drill(args: readonly string[]) {
  const script = fileURLToPath(new URL("./drill/drill.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", script, ...args],
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
