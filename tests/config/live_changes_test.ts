import assert from "node:assert/strict";
import { leavesOf, valueAt } from "../../src/config/leaf.ts";
import { liveChanges } from "../../src/config/live_changes.ts";
import { referencedFiles } from "../../src/config/referenced_files.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { serverConfig } from "./load_text.ts";

Deno.test("equal configurations differ in nothing, whatever the order of their keys", async () => {
  const one = await serverConfig("port: 1\ndecision_log: {entries: 1}\n");
  const other = await serverConfig("decision_log: {entries: 1}\nport: 1\n");
  const { config, changed, waiting } = liveChanges(one, other);
  assert.deepEqual([config, changed, waiting], [one, [], []]);
});

Deno.test("every key that needs a restart keeps its value, and no other one does", async () => {
  const inForce = await serverConfig("");
  for (const { path, names, key } of leavesOf(SERVER_ROLE.keys)) {
    const wanted = structuredClone(inForce);
    const around = valueAt(wanted, names.slice(0, -1)) as object;
    Reflect.set(around, names.at(-1) ?? "", "other");
    const { config, changed, waiting } = liveChanges(inForce, wanted);
    const isFixed = key.needsRestart || path === "tls_cert_file" ||
      path === "tls";
    assert.deepEqual(
      [changed, waiting.map((key) => key.path)],
      isFixed ? [[], [path]] : [[path], []],
    );
    assert.deepEqual(config, isFixed ? inForce : wanted);
  }
});

Deno.test("a new configuration is not changed by what it doesn't bring into force", async () => {
  const wanted = await serverConfig("port: 2\n");
  const { config } = liveChanges(await serverConfig("port: 1\n"), wanted);
  assert.deepEqual([config.port, wanted.port], [1, 2]);
});

Deno.test("the values of a waiting key are told, a password in a URL never", async () => {
  const { waiting } = liveChanges(
    await serverConfig("database: a.db\n"),
    await serverConfig("database: https://user:pass@x/b.db\n"),
  );
  assert.deepEqual(waiting, [{
    path: "database",
    kept: '"a.db"',
    configured: '"https://********@x/b.db"',
  }]);
});

Deno.test("certificates and keys are named by the keys that lead to them", async () => {
  const config = await serverConfig(
    `upstream_ca_file: ca.pem
tls: [{hosts: [a.example], cert_file: c.pem, key_file: k.pem}]
api_keys: [{name: a, key: x}, {name: b, key_file: api.key}]
`,
  );
  assert.deepEqual(referencedFiles(config), [
    { key: "tls[0].cert_file", path: "c.pem" },
    { key: "tls[0].key_file", path: "k.pem" },
    { key: "upstream_ca_file", path: "ca.pem" },
    { key: "api_keys[1].key_file", path: "api.key" },
  ]);
});

Deno.test("a certificate by name switches TLS on like the first one, and is live where there is TLS already", async () => {
  const pair = "tls_cert_file: a\ntls_key_file: b\n";
  const named = "tls: [{hosts: [a.test], cert_file: a, key_file: b}]\n";
  const paths = async (before: string, after: string) => {
    const { changed, waiting } = liveChanges(
      await serverConfig(before),
      await serverConfig(after),
    );
    return [changed, waiting.map(({ path }) => path)];
  };
  assert.deepEqual(await paths("", named), [[], ["tls"]]);
  assert.deepEqual(await paths(named, ""), [[], ["tls"]]);
  assert.deepEqual(await paths(pair, pair + named), [["tls"], []]);
  assert.deepEqual(await paths(named, pair), [
    ["tls_cert_file", "tls_key_file", "tls"],
    [],
  ]);
});
