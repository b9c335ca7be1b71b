/** What every implementation of the `Store` port does with keys, tokens and the audit trail, as tests that each one runs. */
import assert from "node:assert/strict";
import type { Store } from "../../src/ports.ts";
import type { AuditQuery } from "../../src/trust_ports.ts";
import { NO_TRUST } from "../../src/store/trust_reading.ts";
import { auditEntry, freeKey, key, registration, token } from "./examples.ts";
import { NOW_MS, registrar, type StoreHome } from "./store_contract.ts";

const ALL: AuditQuery = {
  sinceMs: 0,
  actor: undefined,
  action: undefined,
  limit: 1000,
};

/** Registers the tests of one implementation. */
export function trustContract(name: string, home: () => StoreHome): void {
  const contract = registrar(name, home);

  contract("knows no key at first, and no line of the trail", async (home) => {
    await using store = home.open();
    assert.deepEqual(store.loadTrust(), NO_TRUST);
    assert.deepEqual(store.audit(ALL), []);
  });

  contract(
    "gives back every field of keys and tokens after a restart, the first made first",
    async (home) => {
      const revoked = { revokedMs: NOW_MS - 1 };
      const keys = [
        key("agent:a", { createdMs: NOW_MS - 3 }),
        key("none", { scopes: [], tiers: [], createdMs: NOW_MS - 2 }),
        freeKey("root", { createdMs: NOW_MS - 2 }),
        freeKey("old", { ...revoked, createdMs: NOW_MS - 1 }),
      ];
      const tokens = [token("t0", { endpointAllow: [] }), token("t1", revoked)];
      {
        await using store = home.open();
        const answers = [
          ...keys.toReversed().map((key) => store.saveKey(key)),
          ...tokens.toReversed().map((token) => store.saveToken(token)),
        ];
        assert.deepEqual(await Promise.all(answers), Array(6).fill("durable"));
        assert.deepEqual(store.loadTrust(), { keys, tokens });
      }
      await using store = home.open();
      assert.deepEqual(store.loadTrust(), { keys, tokens });
    },
  );

  contract("takes the last of what is said of a key", async (home) => {
    {
      await using store = home.open();
      await store.saveKey(freeKey("taken back"));
      await store.saveKey(freeKey("forgotten"));
      await store.saveToken(token("used"));
      await store.saveToken(token("forgotten"));
      const answers = [
        store.saveKey(freeKey("taken back", { revokedMs: NOW_MS })),
        store.removeKey("forgotten"),
        store.removeKey("unheard"),
        store.saveKey(freeKey("came and went")),
        store.removeKey("came and went"),
        store.removeKey("came back"),
        store.saveKey(freeKey("came back")),
        store.saveToken(token("used", { uses: 2 })),
        store.saveToken(token("used", { uses: 3 })),
        store.removeToken("forgotten"),
        store.removeToken("unheard"),
      ];
      assert.deepEqual(await Promise.all(answers), Array(11).fill("durable"));
    }
    await using store = home.open();
    assert.deepEqual(store.loadTrust(), {
      keys: [
        freeKey("came back"),
        freeKey("taken back", { revokedMs: NOW_MS }),
      ],
      tokens: [token("used", { uses: 3 })],
    });
  });

  contract("keeps the credential of a backend that is gone", async (home) => {
    await using store = home.open();
    await store.saveRegistration(registration("a"), NOW_MS);
    await store.saveKey(key("agent:a"));
    await store.removeBackends(["a"]);
    await store.flush();
    assert.deepEqual(store.loadTrust().keys, [key("agent:a")]);
  });

  contract(
    "gives back from where a backend registered, and where it may be",
    async (home) => {
      const known = registration("known", {
        registeredFrom: "10.0.0.7",
        endpointAllow: ["10.0.0.0/8", "host.test"],
      });
      const none = registration("none", {
        registeredFrom: "",
        endpointAllow: [],
      });
      const registrations = [known, none, registration("plain")];
      {
        await using store = home.open();
        // What it said before does not stay when it says nothing.
        await store.saveRegistration({ ...known, id: "plain" }, NOW_MS);
        for (const each of registrations.toReversed()) {
          await store.saveRegistration(each, NOW_MS);
        }
      }
      await using store = home.open();
      assert.deepEqual(
        store.load().backends.map(({ registration }) => registration),
        [registration("plain"), none, known],
      );
    },
  );

  contract(
    "gives back the trail newest first, of the last saved of one instant first",
    async (home) => {
      const entries = [
        auditEntry({ atMs: NOW_MS - 1, requestId: "early" }),
        auditEntry({ requestId: "first" }),
        auditEntry({ requestId: "second" }),
        auditEntry({
          ...{ atMs: NOW_MS - 2, actor: "signal", action: "config.reload" },
          ...{ target: "", from: "", requestId: "", result: "config_refused" },
        }),
      ];
      const newestFirst = [2, 1, 0, 3].map((index) => entries[index]);
      {
        await using store = home.open();
        for (const entry of entries) {
          assert.equal(await store.saveAudit(entry), "durable");
        }
        assert.deepEqual(store.audit(ALL), newestFirst);
      }
      await using store = home.open();
      assert.deepEqual(store.audit(ALL), newestFirst);
    },
  );

  contract(
    "finds lines of an actor, of an action, of a time, and so many",
    async (home) => {
      await using store = home.open();
      for (let line = 0; line < 12; line++) {
        await store.saveAudit(auditEntry({
          atMs: NOW_MS + line,
          actor: line % 2 === 0 ? "even" : "odd",
          action: line % 3 === 0 ? "drain" : "reload",
          requestId: `${line}`,
        }));
      }
      const found = (changes: Partial<AuditQuery>) =>
        store.audit({ ...ALL, ...changes }).map(({ requestId }) =>
          Number(requestId)
        );
      assert.deepEqual(found({ limit: 2 }), [11, 10]);
      assert.deepEqual(found({ sinceMs: NOW_MS + 10 }), [11, 10]);
      assert.deepEqual(found({ actor: "even" }), [10, 8, 6, 4, 2, 0]);
      assert.deepEqual(found({ action: "drain" }), [9, 6, 3, 0]);
      assert.deepEqual(found({ actor: "odd", action: "drain" }), [9, 3]);
      assert.deepEqual(
        found({ actor: "even", action: "reload", sinceMs: NOW_MS + 3 }),
        [10, 8, 4],
      );
      assert.deepEqual(found({ actor: "EVEN" }), []);
    },
  );

  contract("deletes lines that are older than the instant", async (home) => {
    await using store = home.open();
    for (const agoMs of [2001, 2000, 0]) {
      await store.saveAudit(auditEntry({ atMs: NOW_MS - agoMs }));
    }
    store.pruneAudit(NOW_MS - 2000);
    await store.flush();
    assert.deepEqual(
      store.audit(ALL).map(({ atMs }) => NOW_MS - atMs),
      [0, 2000],
    );
  });

  contract("takes no key after it was closed, and says so", async (home) => {
    const store: Store = home.open();
    await store[Symbol.asyncDispose]();
    const answers = [
      store.saveKey(freeKey("late")),
      store.removeKey("late"),
      store.saveToken(token("late")),
      store.removeToken("late"),
      store.saveAudit(auditEntry()),
    ];
    assert.deepEqual(await Promise.all(answers), Array(5).fill("memory"));
    store.pruneAudit(NOW_MS);
    await using reopened = home.open();
    assert.deepEqual(reopened.loadTrust(), NO_TRUST);
    assert.deepEqual(reopened.audit(ALL), []);
  });
}
