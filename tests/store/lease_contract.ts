/** What every implementation of the `Store` port does with leases, as tests that each implementation runs. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import { lease, registration } from "./examples.ts";
import { NOW_MS, registrar, type StoreHome } from "./store_contract.ts";

/** Registers the tests of one implementation. */
export function leaseContract(name: string, home: () => StoreHome): void {
  const contract = registrar(name, home);

  contract(
    "gives back every field of a lease to the millisecond, also those that are empty",
    async (home) => {
      const full = lease(Number.MAX_SAFE_INTEGER, "a");
      const bare = lease(1, "a", {
        gpus: [],
        stickyId: undefined,
        idempotencyKey: undefined,
        startedMs: undefined,
      });
      const odd = lease(2, "a", { stickyId: "", idempotencyKey: "" });
      await using store = await withBackends(home, "a");
      for (const booking of [full, bare, odd]) {
        assert.equal(await store.saveLease(booking), "durable");
      }
      assert.deepEqual(store.load().leases, [bare, odd, full]);
    },
  );

  contract("lists the lease that was placed first first", async (home) => {
    await using store = await withBackends(home, "a");
    for (const [id, ago] of [[1, 5], [2, 7], [3, 5], [4, 9]] as const) {
      store.saveLease(lease(id, "a", { placedMs: NOW_MS - ago }));
    }
    await store.flush();
    assert.deepEqual(numbersOf(store), [4, 2, 1, 3]);
  });

  contract("gives a lease a new life under its number", async (home) => {
    await using store = await withBackends(home, "a", "b");
    const old = lease(1, "a", { startedMs: undefined });
    const renewed = lease(1, "b", {
      tier: "large",
      gpus: [1],
      expiresMs: NOW_MS + 900_000,
    });
    await store.saveLease(old);
    assert.deepEqual(store.load().leases, [old]);
    await store.saveLease(renewed);
    assert.deepEqual(store.load().leases, [renewed]);
  });

  contract("forgets a lease, stored or not, and none twice", async (home) => {
    await using store = await withBackends(home, "a");
    await store.saveLease(lease(1, "a"));
    await store.saveLease(lease(2, "a"));
    assert.equal(await store.removeLease(1), "durable");
    assert.equal(await store.removeLease(1), "durable");
    assert.equal(await store.removeLease(77), "durable");
    assert.deepEqual(numbersOf(store), [2]);
  });

  contract(
    "takes leases and their removals in the order of the calls",
    async (home) => {
      await using store = await withBackends(home, "a");
      const answers = [
        store.saveLease(lease(1, "a")),
        store.saveLease(lease(2, "a")),
        store.removeLease(1),
        store.removeLease(2),
        store.saveLease(lease(2, "a", { tier: "large" })),
      ];
      assert.deepEqual(await Promise.all(answers), Array(5).fill("durable"));
      assert.deepEqual(store.load().leases, [lease(2, "a", { tier: "large" })]);
    },
  );

  contract("leaves out leases that have ended", async (home) => {
    await using store = await withBackends(home, "a");
    await store.saveLease(lease(1, "a", { expiresMs: NOW_MS }));
    await store.saveLease(lease(2, "a", { expiresMs: NOW_MS + 1 }));
    await store.saveLease(lease(3, "a", { expiresMs: NOW_MS + 2 }));
    assert.deepEqual(numbersOf(store), [2, 3]);
    home.clock.advance(1);
    assert.deepEqual(numbersOf(store), [3]);
    home.clock.advance(1);
    assert.deepEqual(numbersOf(store), []);
  });

  contract(
    "leaves out leases whose backend was never registered",
    async (home) => {
      await using store = home.open();
      assert.equal(await store.saveLease(lease(1, "ghost")), "durable");
      assert.deepEqual(numbersOf(store), []);
    },
  );

  contract(
    "forgets backends with their leases, and revives none when one comes back",
    async (home) => {
      await using store = await withBackends(home, "a", "b");
      await store.saveLease(lease(1, "a"));
      await store.saveLease(lease(2, "b"));
      const onItsWay = store.saveLease(lease(3, "a"));
      const removed = store.removeBackends(["a"]);
      store.saveRegistration(registration("a"), NOW_MS);
      const after = store.saveLease(lease(4, "a"));
      assert.deepEqual(await Promise.all([onItsWay, removed, after]), [
        "durable",
        "durable",
        "durable",
      ]);
      await store.flush();
      assert.deepEqual(numbersOf(store), [2, 4]);
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

function numbersOf(store: Store): readonly number[] {
  return store.load().leases.map(({ id }) => id);
}
