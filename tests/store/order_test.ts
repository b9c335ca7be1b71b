import assert from "node:assert/strict";
import fc from "fast-check";
import type { DrainedBy } from "../../src/engine/drain.ts";
import type { Snapshot, Store } from "../../src/ports.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { seedOf } from "../seed.ts";
import { drain, lease, registration, report, sticky } from "./examples.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

/** Few names, so that calls meet. */
const BACKENDS = ["a", "b", "c"];
const SESSIONS = ["alice", "bob"];
const LEASES = [1, 2, 3];

type Call =
  | { readonly kind: "register"; readonly id: string; readonly note: number }
  | { readonly kind: "report"; readonly id: string; readonly note: number }
  | {
    readonly kind: "assign";
    readonly stickyId: string;
    readonly id: string;
    readonly note: number;
  }
  | { readonly kind: "unassign"; readonly stickyId: string }
  | {
    readonly kind: "book";
    readonly lease: number;
    readonly id: string;
    readonly note: number;
  }
  | { readonly kind: "release"; readonly lease: number }
  | {
    readonly kind: "drain";
    readonly id: string;
    readonly by: DrainedBy;
    readonly note: number;
  }
  | { readonly kind: "undrain"; readonly id: string }
  | { readonly kind: "remove"; readonly ids: readonly string[] }
  | { readonly kind: "lock" }
  | { readonly kind: "unlock" }
  | { readonly kind: "turn" }
  | { readonly kind: "flush" };

Deno.test("whatever the order of calls, commits and outages, the database holds what plain maps hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call(), { maxLength: 40 }), async (calls) => {
      await using home = new SqliteHome();
      await using store = home.open();
      const plain = new MemoryStore();
      using other = home.connect();
      for (const call of calls) {
        apply(call, store);
        apply(call, plain);
        switch (call.kind) {
          case "lock":
            if (!other.isTransaction) other.exec("BEGIN EXCLUSIVE");
            break;
          case "unlock":
            if (other.isTransaction) other.exec("ROLLBACK");
            break;
          case "turn":
            await new Promise((resolve) => setImmediate(resolve));
            break;
          case "flush":
            await store.flush();
            break;
          case "register":
          case "report":
          case "assign":
          case "unassign":
          case "book":
          case "release":
          case "drain":
          case "undrain":
          case "remove":
            break;
        }
      }
      if (other.isTransaction) other.exec("ROLLBACK");
      await store.flush();
      assert.deepEqual(store.status(), { kind: "ok" });
      assert.deepEqual(inOrder(store.load()), inOrder(plain.load()));
    }),
    { seed: seedOf("store order"), numRuns: 60 },
  );
});

function call(): fc.Arbitrary<Call> {
  const id = fc.constantFrom(...BACKENDS);
  const stickyId = fc.constantFrom(...SESSIONS);
  const number = fc.constantFrom(...LEASES);
  const by = fc.constantFrom<DrainedBy>("operator", "agent");
  const note = fc.integer({ min: 1, max: 9000 });
  const kind = <Kind extends string>(kind: Kind) => fc.constant(kind);
  return fc.oneof(
    fc.record({ kind: kind("register"), id, note }),
    fc.record({ kind: kind("report"), id, note }),
    fc.record({ kind: kind("assign"), stickyId, id, note }),
    fc.record({ kind: kind("unassign"), stickyId }),
    fc.record({ kind: kind("book"), lease: number, id, note }),
    fc.record({ kind: kind("release"), lease: number }),
    fc.record({ kind: kind("drain"), id, by, note }),
    fc.record({ kind: kind("undrain"), id }),
    fc.record({
      kind: kind("remove"),
      ids: fc.uniqueArray(id, { minLength: 1 }),
    }),
    fc.record({ kind: kind("lock") }),
    fc.record({ kind: kind("unlock") }),
    fc.record({ kind: kind("turn") }),
    fc.record({ kind: kind("flush") }),
  );
}

function apply(call: Call, store: Store): void {
  switch (call.kind) {
    case "register":
      store.saveRegistration(
        registration(call.id, { hostname: `host ${call.note}` }),
        NOW_MS - 10_000,
      );
      return;
    case "report":
      store.saveReport(call.id, report(call.note), NOW_MS - call.note);
      return;
    case "assign":
      store.saveSticky(
        sticky(call.stickyId, call.id, { lastUsedMs: NOW_MS - call.note }),
      );
      return;
    case "unassign":
      store.removeSticky(call.stickyId, "medium");
      return;
    case "book":
      store.saveLease(
        lease(call.lease, call.id, { expiresMs: NOW_MS + call.note }),
      );
      return;
    case "release":
      store.removeLease(call.lease);
      return;
    case "drain":
      store.saveDrain(
        drain(call.id, { by: [call.by], sinceMs: NOW_MS - call.note }),
      );
      return;
    case "undrain":
      store.removeDrain(call.id);
      return;
    case "remove":
      store.removeBackends(call.ids);
      return;
    case "lock":
    case "unlock":
    case "turn":
    case "flush":
      return;
  }
}

/** Assignments of the same second may come in either order. */
function inOrder(snapshot: Snapshot): Snapshot {
  return {
    ...snapshot,
    sticky: snapshot.sticky.toSorted((a, b) =>
      a.stickyId < b.stickyId ? -1 : 1
    ),
  };
}
