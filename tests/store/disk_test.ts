import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import { registration, report, sticky } from "./examples.ts";
import { canMount, SmallDisk } from "./small_disk.ts";
import { NOW_MS } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { until } from "./until.ts";

diskTest(
  "a disk that runs full is survived in memory, and nothing is lost when there is room",
  async () => {
    await using home = new SqliteHome();
    using disk = new SmallDisk();
    const path = `${disk.folder}/opsen.db`;
    {
      await using store = home.open({ path });
      await store.saveRegistration(registration("a"), NOW_MS);
      disk.fill();
      const answers = await Promise.all(
        Array.from(
          { length: 800 },
          (_, i) => store.saveSticky(sticky(`session ${i}`, "a")),
        ),
      );
      assert.equal(answers.at(-1), "memory");
      assert.equal(reasonOf(store), "disk full (SQLITE_FULL)");
      disk.free();
      await until("recovery", () => store.status().kind === "ok");
    }
    await using store = home.open({ path });
    assert.equal(store.load().sticky.length, 800);
  },
);

diskTest(
  "a server starts on a full disk, learns what the database holds, and stores when there is room",
  async () => {
    await using home = new SqliteHome();
    using disk = new SmallDisk();
    const path = `${disk.folder}/opsen.db`;
    {
      await using store = home.open({ path });
      await store.saveRegistration(registration("a"), NOW_MS);
      store.saveReport("a", report(), NOW_MS);
    }
    disk.fill();
    const known: string[] = [];
    await using store = home.open({
      path,
      onLateSnapshot: ({ backends }) =>
        known.push(...backends.map(({ registration: { id } }) => id)),
    });
    known.push(
      ...store.load().backends.map(({ registration: { id } }) => id),
    );
    assert.equal(
      await store.saveRegistration(registration("b"), NOW_MS),
      "memory",
    );
    assert.equal(store.status().kind, "degraded");
    disk.free();
    await until("recovery", () => store.status().kind === "ok");
    assert.deepEqual(known, ["a"]);
    assert.equal(store.load().backends.length, 2);
  },
);

/** A test that runs where this user may mount, and says in its name why it does not. */
function diskTest(name: string, fn: () => Promise<void>): void {
  if (canMount()) return Deno.test(name, fn);
  Deno.test.ignore(`${name} (needs mount, as root)`, fn);
}

function reasonOf(store: Store): string {
  const status = store.status();
  return status.kind === "degraded" ? status.reason : "";
}
