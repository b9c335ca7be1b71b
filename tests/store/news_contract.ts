/** What every implementation of the `Store` port does with reports and decisions, as tests that each one runs. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import {
  HISTORY_SLACK_SECONDS,
  REPORT_HISTORY_MAX,
} from "../../src/store/report_history.ts";
import { registration, report } from "./examples.ts";
import { NOW_MS, registrar, type StoreHome } from "./store_contract.ts";

const MINUTE_MS = 60_000;

/** Registers the tests of one implementation. */
export function newsContract(name: string, home: () => StoreHome): void {
  const contract = registrar(name, home);

  contract(
    "gives back each backend's reports, oldest first, and when it was last heard of",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("b"), NOW_MS - MINUTE_MS);
      await store.saveRegistration(registration("a"), NOW_MS - MINUTE_MS);
      store.saveReport("a", report(1), NOW_MS - 3000);
      store.saveReport("b", report(2), NOW_MS - 2500);
      store.saveReport("a", report(3), NOW_MS - 2000);
      store.saveReport("a", report(4), NOW_MS - 2000);
      store.saveReport("a", report(5), NOW_MS - 4000);
      await store.flush();
      assert.deepEqual(usesOf(store), ["b 2", "a 5", "a 1", "a 3", "a 4"]);
      assert.deepEqual(
        store.load().backends.map(({ lastSeenMs }) => lastSeenMs),
        [NOW_MS - 2500, NOW_MS - 2000],
      );
    },
  );

  contract(
    "gives back the reports of the newest one's window and a little before it",
    async (home) => {
      await using store = home.open();
      const windows = [["said", 300], ["not said", undefined]] as const;
      for (const [id, windowSeconds] of windows) {
        store.saveRegistration(registration(id), NOW_MS - 86_400_000);
        const spanMs = ((windowSeconds ?? 900) + HISTORY_SLACK_SECONDS) * 1000;
        const save = (usagePct: number, atMs: number) =>
          store.saveReport(id, report(usagePct, { windowSeconds }), atMs);
        // An earlier window does not count.
        store.saveReport(id, report(1), NOW_MS - 3_600_000);
        save(2, NOW_MS - 7000 - spanMs - 1);
        save(3, NOW_MS - 7000 - spanMs);
        save(4, NOW_MS - 8000);
        save(5, NOW_MS - 7000);
      }
      await store.flush();
      assert.deepEqual(usesOf(store), [
        ...["said 3", "said 4", "said 5"],
        ...["not said 3", "not said 4", "not said 5"],
      ]);
    },
  );

  contract(
    "gives back no more than the newest reports of a backend that reports without end",
    async (home) => {
      await using store = home.open();
      store.saveRegistration(registration("a"), NOW_MS);
      for (let i = 0; i < REPORT_HISTORY_MAX + 10; i++) {
        store.saveReport("a", report(i), NOW_MS - 100_000 + i * 100);
      }
      await store.flush();
      const uses = usesOf(store);
      assert.equal(uses.length, REPORT_HISTORY_MAX);
      assert.equal(uses[0], "a 10");
    },
  );

  contract("finds the newest decision about a request", async (home) => {
    const decision = (requestId: string, note: number) => ({
      requestId,
      atMs: NOW_MS - note,
      json: `{"note":${note}}`,
    });
    await using store = home.open();
    assert.equal(store.findDecision("r"), undefined);
    store.saveDecision(decision("r", 1));
    store.saveDecision(decision("other", 2));
    assert.deepEqual(store.findDecision("r"), decision("r", 1));
    await store.flush();
    assert.deepEqual(store.findDecision("r"), decision("r", 1));
    store.saveDecision(decision("r", 3));
    assert.deepEqual(store.findDecision("r"), decision("r", 3));
    store.saveDecision(decision("r", 4));
    assert.deepEqual(store.findDecision("r"), decision("r", 4));
    await store.flush();
    assert.deepEqual(store.findDecision("r"), decision("r", 4));
    assert.equal(store.findDecision("r "), undefined);
  });

  contract("finds a decision after a restart", async (home) => {
    const decision = { requestId: "r", atMs: NOW_MS - 1, json: '"\u{1f600}"' };
    {
      await using store = home.open();
      store.saveDecision(decision);
    }
    await using store = home.open();
    assert.deepEqual(store.findDecision("r"), decision);
  });

  contract(
    "deletes decisions that are older than the instant",
    async (home) => {
      await using store = home.open();
      const atMs = [NOW_MS - 2001, NOW_MS - 2000, NOW_MS];
      for (const [i, ms] of atMs.entries()) {
        store.saveDecision({ requestId: `r${i}`, atMs: ms, json: "{}" });
      }
      await store.flush();
      store.pruneDecisions(NOW_MS - 2000);
      await store.flush();
      assert.deepEqual(
        atMs.map((_, i) => store.findDecision(`r${i}`) !== undefined),
        [false, true, true],
      );
    },
  );
}

function usesOf(store: Store): readonly string[] {
  return store.load().reports.map(({ backendId, report }) =>
    `${backendId} ${report.coreUsagePct[0]}`
  );
}
