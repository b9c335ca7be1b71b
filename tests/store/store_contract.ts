/** What every implementation of the `Store` port does, as tests that each implementation runs. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import { EMPTY_SNAPSHOT } from "../../src/store/snapshot.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { drain, lease, registration, report, sticky } from "./examples.ts";

/** State that can be opened again and again, and removed. */
export interface StoreHome extends AsyncDisposable {
  /** The clock that the state goes by; it begins at {@link NOW_MS}. */
  readonly clock: FakeClock;
  /** Opens the state with what earlier stores left there. */
  open(): Store;
}

/** Wall-clock time of the tests, on a whole second. */
export const NOW_MS = Date.UTC(2026, 0, 1);

const MINUTE_MS = 60_000;

/** Registers the tests of one implementation. */
export function storeContract(name: string, home: () => StoreHome): void {
  const contract = registrar(name, home);

  contract("holds nothing at first and is ok", async (home) => {
    await using store = home.open();
    assert.deepEqual(store.load(), EMPTY_SNAPSHOT);
    assert.deepEqual(store.status(), { kind: "ok" });
    await store.flush();
  });

  contract("gives back after a restart what was acknowledged", async (home) => {
    const stored = registration("a");
    const assignment = sticky("alice", "a");
    const booking = lease(7, "a");
    const draining = drain("a");
    {
      await using store = home.open();
      const saved = store.saveRegistration(stored, NOW_MS - MINUTE_MS);
      assert.equal(await saved, "durable");
      assert.equal(await store.saveSticky(assignment), "durable");
      assert.equal(await store.saveLease(booking), "durable");
      assert.equal(await store.saveDrain(draining), "durable");
      store.saveReport("a", report(), NOW_MS - 250);
    }
    await using store = home.open();
    assert.deepEqual(store.load(), {
      backends: [{ registration: stored, lastSeenMs: NOW_MS - 250 }],
      reports: [{ backendId: "a", atMs: NOW_MS - 250, report: report() }],
      sticky: [assignment],
      leases: [booking],
      drains: [draining],
    });
  });

  contract(
    "keeps an unknown place unknown, and empty fields empty",
    async (home) => {
      const bare = registration("bare", {
        hostname: "",
        publicIp: "",
        localIp: "",
        place: undefined,
        totalGpus: 0,
        gpuModels: [],
        endpoints: [],
      });
      const plain = report(1, {
        gpus: [],
        windowSeconds: undefined,
        windowFilledSeconds: undefined,
        shortWindow: undefined,
      });
      await using store = home.open();
      await store.saveRegistration(bare, NOW_MS);
      store.saveReport("bare", plain, NOW_MS);
      await store.flush();
      const { backends, reports } = store.load();
      assert.deepEqual(backends.map(({ registration }) => registration), [
        bare,
      ]);
      assert.deepEqual(reports.map(({ report }) => report), [plain]);
    },
  );

  contract(
    "lists the first registered first, however often others register again",
    async (home) => {
      await using store = home.open();
      for (const id of ["c", "a", "b", "c", "a"]) {
        await store.saveRegistration(registration(id), NOW_MS);
      }
      assert.deepEqual(idsOf(store), ["c", "a", "b"]);
    },
  );

  contract(
    "registers a removed backend anew, behind the others",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      await store.saveRegistration(registration("b"), NOW_MS);
      store.removeBackends(["a"]);
      await store.saveRegistration(registration("a"), NOW_MS);
      assert.deepEqual(idsOf(store), ["b", "a"]);
    },
  );

  contract(
    "takes the last of several registrations of one backend",
    async (home) => {
      await using store = home.open();
      await Promise.all([
        store.saveRegistration(registration("a", { hostname: "old" }), NOW_MS),
        store.saveRegistration(registration("a", { hostname: "new" }), NOW_MS),
      ]);
      const [backend] = store.load().backends;
      assert.equal(backend?.registration.hostname, "new");
    },
  );

  contract(
    "forgets backends with their reports and assignments",
    async (home) => {
      await using store = home.open();
      for (const id of ["a", "b", "c"]) {
        await store.saveRegistration(registration(id), NOW_MS);
        await store.saveSticky(sticky(`session of ${id}`, id));
        store.saveReport(id, report(), NOW_MS);
      }
      await store.flush();
      assert.equal(
        await store.removeBackends(["a", "c", "unheard"]),
        "durable",
      );
      await store.flush();
      const { backends, reports, sticky: assignments } = store.load();
      assert.deepEqual(backends.map(({ registration: { id } }) => id), ["b"]);
      assert.deepEqual(reports.map(({ backendId }) => backendId), ["b"]);
      assert.deepEqual(assignments, [sticky("session of b", "b")]);
    },
  );

  contract(
    "does not revive what a removed backend left when it comes back",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      await store.saveSticky(sticky("old", "a"));
      store.saveReport("a", report(), NOW_MS);
      await store.flush();
      store.removeBackends(["a"]);
      store.saveRegistration(registration("a"), NOW_MS);
      store.saveSticky(sticky("new", "a"));
      await store.flush();
      const { backends, reports, sticky: assignments } = store.load();
      assert.equal(backends.length, 1);
      assert.deepEqual(reports, []);
      assert.deepEqual(assignments, [sticky("new", "a")]);
    },
  );

  contract(
    "forgets what was told of a backend just before it was removed, and keeps what was told after",
    async (home) => {
      await using store = home.open();
      store.saveRegistration(registration("a"), NOW_MS);
      const before = store.saveSticky(sticky("before", "a"));
      store.saveReport("a", report(1), NOW_MS - 1000);
      const removed = store.removeBackends(["a"]);
      store.saveRegistration(registration("a"), NOW_MS);
      store.saveSticky(sticky("after", "a"));
      store.saveReport("a", report(2), NOW_MS - 2000);
      assert.deepEqual(await Promise.all([before, removed]), [
        "durable",
        "durable",
      ]);
      await store.flush();
      const { backends, reports, sticky: assignments } = store.load();
      assert.equal(backends.length, 1);
      assert.deepEqual(reports.map(({ report }) => report), [report(2)]);
      assert.deepEqual(assignments, [sticky("after", "a")]);
    },
  );

  contract("acknowledges the removal of nothing", async (home) => {
    await using store = home.open();
    assert.equal(await store.removeBackends([]), "durable");
  });

  contract(
    "keeps an assignment per session and tier, the least recently used first",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      const later = { lastUsedMs: NOW_MS - 1000 };
      const soon = { lastUsedMs: NOW_MS - 2000 };
      const early = { lastUsedMs: NOW_MS - 3000 };
      await store.saveSticky(sticky("alice", "a", soon));
      await store.saveSticky(sticky("bob", "a", early));
      await store.saveSticky(sticky("alice", "a", { tier: "large", ...early }));
      await store.saveSticky(sticky("bob", "a", later));
      store.removeSticky("alice", "large");
      store.removeSticky("nobody", "large");
      await store.flush();
      assert.deepEqual(store.load().sticky, [
        sticky("alice", "a", soon),
        sticky("bob", "a", later),
      ]);
    },
  );

  contract(
    "takes removals and assignments in the order of the calls",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      await store.saveRegistration(registration("b"), NOW_MS);
      const acknowledged = [
        store.saveSticky(sticky("alice", "a")),
        store.saveSticky(sticky("bob", "a")),
      ];
      store.removeSticky("alice", "medium");
      store.removeSticky("bob", "medium");
      acknowledged.push(store.saveSticky(sticky("alice", "b")));
      assert.deepEqual(await Promise.all(acknowledged), [
        "durable",
        "durable",
        "durable",
      ]);
      assert.deepEqual(store.load().sticky, [sticky("alice", "b")]);
    },
  );

  contract(
    "keeps names apart that differ only in where they are cut",
    async (home) => {
      await using store = home.open();
      await store.saveRegistration(registration("a"), NOW_MS);
      store.saveSticky(sticky("x1", "a", { tier: "2y" }));
      store.saveSticky(sticky("x12", "a", { tier: "y" }));
      store.saveSticky(sticky("1:x", "a", { tier: "12y" }));
      await store.flush();
      assert.equal(store.load().sticky.length, 3);
    },
  );

  contract(
    "leaves out assignments whose backend was never registered",
    async (home) => {
      await using store = home.open();
      assert.equal(await store.saveSticky(sticky("alice", "ghost")), "durable");
      store.saveReport("ghost", report(), NOW_MS);
      await store.flush();
      assert.deepEqual(store.load(), EMPTY_SNAPSHOT);
    },
  );

  contract("deletes reports that are older than the instant", async (home) => {
    await using store = home.open();
    await store.saveRegistration(registration("old"), NOW_MS - MINUTE_MS);
    await store.saveRegistration(registration("new"), NOW_MS - MINUTE_MS);
    store.saveReport("old", report(), NOW_MS - 2001);
    store.saveReport("new", report(), NOW_MS - 2000);
    store.pruneReports(NOW_MS - 2000);
    await store.flush();
    assert.deepEqual(
      store.load().reports.map(({ backendId }) => backendId),
      ["new"],
    );
  });

  contract(
    "stores nothing after it was closed, says so, and closes twice",
    async (home) => {
      const store = home.open();
      await Promise.all([
        store[Symbol.asyncDispose](),
        store[Symbol.asyncDispose](),
      ]);
      assert.equal(
        await store.saveRegistration(registration("a"), NOW_MS),
        "memory",
      );
      assert.equal(await store.saveSticky(sticky("alice", "a")), "memory");
      assert.equal(await store.saveLease(lease(1, "a")), "memory");
      assert.equal(await store.removeLease(1), "memory");
      assert.equal(await store.removeBackends(["a"]), "memory");
      store.saveDecision({ requestId: "r", atMs: NOW_MS, json: "{}" });
      assert.equal(store.findDecision("r"), undefined);
      store.pruneDecisions(NOW_MS);
      store.saveReport("a", report(), NOW_MS);
      store.removeSticky("alice", "medium");
      store.pruneReports(NOW_MS);
      await store.flush();
      await using reopened = home.open();
      assert.deepEqual(idsOf(reopened), []);
    },
  );
}

/** Registers one promise of an implementation as a test in a home of its own. */
export function registrar(
  name: string,
  home: () => StoreHome,
): (promise: string, test: (home: StoreHome) => Promise<void>) => void {
  return (promise, test) =>
    Deno.test(`${name} store: ${promise}`, async () => {
      await using state = home();
      await test(state);
    });
}

function idsOf(store: Store): readonly string[] {
  return store.load().backends.map(({ registration: { id } }) => id);
}
