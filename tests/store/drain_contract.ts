/** What every implementation of the `Store` port does with drainings, as tests that each implementation runs. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import { drain, registration } from "./examples.ts";
import { NOW_MS, registrar, type StoreHome } from "./store_contract.ts";

/** Registers the tests of one implementation. */
export function drainContract(name: string, home: () => StoreHome): void {
  const contract = registrar(name, home);

  contract(
    "gives back every field of a draining after a restart, the one that began first first",
    async (home) => {
      const by = ["agent", "operator"] as const;
      const first = drain("b", { by, sinceMs: NOW_MS - 2001 });
      const endless = drain("c", { deadlineMs: undefined });
      {
        await using store = await withBackends(home, "a", "b", "c");
        for (const draining of [endless, drain("a"), first]) {
          assert.equal(await store.saveDrain(draining), "durable");
        }
      }
      await using store = home.open();
      assert.deepEqual(store.load().drains, [first, drain("a"), endless]);
    },
  );

  contract("takes the last of what is said of a backend", async (home) => {
    await using store = await withBackends(home, "a", "b");
    const both = drain("a", { by: ["operator", "agent"] });
    const answers = [
      store.saveDrain(drain("a")),
      store.saveDrain(both),
      store.saveDrain(drain("b")),
      store.removeDrain("b"),
      store.removeDrain("unheard"),
    ];
    assert.deepEqual(await Promise.all(answers), Array(5).fill("durable"));
    assert.deepEqual(store.load().drains, [both]);
    assert.equal(await store.removeDrain("a"), "durable");
    assert.deepEqual(store.load().drains, []);
    const again = [store.removeDrain("a"), store.saveDrain(drain("a"))];
    assert.deepEqual(await Promise.all(again), ["durable", "durable"]);
    assert.deepEqual(store.load().drains, [drain("a")]);
  });

  contract(
    "gives back what an operator asked for although nobody registered the backend, and not what an agent did",
    async (home) => {
      const both = drain("ghost", { by: ["agent", "operator"] });
      {
        await using store = home.open();
        await store.saveDrain(both);
        await store.saveDrain(drain("gone", { by: ["agent"] }));
        assert.deepEqual(store.load().drains, [both]);
      }
      await using store = home.open();
      assert.deepEqual(store.load().drains, [both]);
    },
  );

  contract(
    "keeps an operator's draining of a backend that is removed until it is ended, stored before or on its way",
    async (home) => {
      {
        await using store = await withBackends(home, "a", "b", "c", "d");
        await store.saveDrain(drain("a"));
        await store.saveDrain(drain("c"));
        store.saveDrain(drain("b"));
        store.saveDrain(drain("c", { by: ["agent"] }));
        store.removeDrain("d");
        await store.removeBackends(["a", "b", "c", "d"]);
        assert.deepEqual(store.load().drains, [drain("a"), drain("b")]);
        assert.deepEqual(store.load().backends, []);
        await store.removeDrain("a");
      }
      await using store = home.open();
      assert.deepEqual(store.load().drains, [drain("b")]);
    },
  );

  contract(
    "forgets that the agent of a removed backend drained it, and keeps what was said after",
    async (home) => {
      await using store = await withBackends(home, "a", "b", "c");
      const by = ["agent"] as const;
      await store.saveDrain(drain("a", { by }));
      await store.saveDrain(drain("c", { by }));
      const onItsWay = store.saveDrain(drain("b", { by }));
      const removed = store.removeBackends(["a", "b"]);
      for (const id of ["a", "b"]) {
        store.saveRegistration(registration(id), NOW_MS);
      }
      const later = drain("b", { by, sinceMs: NOW_MS - 5 });
      const after = store.saveDrain(later);
      assert.deepEqual(await Promise.all([onItsWay, removed, after]), [
        "durable",
        "durable",
        "durable",
      ]);
      assert.deepEqual(store.load().drains, [
        drain("c", { by }),
        later,
      ]);
    },
  );
}

async function withBackends(
  home: StoreHome,
  ...ids: readonly string[]
): Promise<Store> {
  const store = home.open();
  for (const id of ids) await store.saveRegistration(registration(id), NOW_MS);
  return store;
}
