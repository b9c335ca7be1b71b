import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ReloadWorld } from "./reload_world.ts";

Deno.test("what changed is applied as a whole under the next version, and told", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  const before = reloader.current();
  assert.equal(before.version, 1);
  world.clock.advance(1000);
  world.write("stale_minutes: 7\npanic: fail_closed\n");
  const outcome = await reloader.reload("signal");
  assert.equal(outcome.kind, "applied");
  assert.deepEqual(outcome.changed, ["stale_minutes", "panic"]);
  assert.deepEqual(outcome.needsRestart, []);
  assert.equal(outcome.version, 2);
  assert.equal(outcome.cause, "signal");
  assert.notEqual(outcome.hash, before.hash);
  assert.deepEqual(reloader.current(), {
    version: 2,
    hash: outcome.hash,
    appliedAtMs: world.clock.wallMs(),
  });
  assert.equal(world.applied.length, 1);
  assert.equal(world.applied[0]?.staleMinutes, 7);
  assert.equal(reloader.config, world.applied[0]);
  assert.deepEqual(world.events, [{
    type: "config.applied",
    data: {
      version: 2,
      hash: outcome.hash.slice(0, 12),
      cause: "signal",
      changed: ["stale_minutes", "panic"],
      needs_restart: [],
    },
  }]);
  assert.deepEqual(
    reloader.history().map(({ kind, cause }) => [kind, cause]),
    [["applied", "start"], ["applied", "signal"]],
  );
});

Deno.test("the same content is unchanged, whoever touched the file", async () => {
  await using world = new ReloadWorld();
  const { reloader } = await world.start();
  world.write("port: 1\n");
  const outcome = await reloader.reload("api");
  assert.deepEqual([outcome.kind, outcome.version], ["unchanged", 1]);
  assert.deepEqual([world.applied, world.events], [[], []]);
  assert.equal(reloader.history().length, 1);
  const forced = await reloader.reload("api", true);
  assert.deepEqual([forced.kind, forced.version], ["applied", 2]);
  assert.equal(world.applied.length, 1);
});

Deno.test("one wrong line refuses the whole, with every problem as at start, and the old one stays", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  const before = reloader.current();
  world.write("stale_minutes: 7\npnic: x\nrate_limit_burst: many\n");
  const outcome = await reloader.reload("signal");
  assert.equal(outcome.kind, "refused");
  assert.deepEqual(outcome.problems, [
    `${world.path}:2:1 pnic: found an unknown key, wanted "panic"`,
    `${world.path}:3:19 rate_limit_burst: found "many", wanted a whole number from 0 to 10000000`,
  ]);
  assert.deepEqual(reloader.current(), before);
  assert.equal(reloader.config.staleMinutes, 5);
  assert.deepEqual(world.applied, []);
  assert.equal(reloader.refusedCount, 1);
  assert.deepEqual(reloader.pendingProblems, outcome.problems);
  assert.equal(reloader.history().at(-1)?.kind, "refused");
  assert.equal(world.events[0]?.type, "config.refused");
  const [line = ""] = world.logger.messages("error");
  assert.match(
    line,
    /^Configuration refused, version 1 stays in force: .*pnic/,
  );
});

Deno.test("a fault that every look meets again is told once, until it is gone; who asks is told each time", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  const bad = "stale_minutes: many\n";
  world.write(bad);
  await reloader.reload("watch");
  await reloader.reload("watch");
  assert.equal((await reloader.reload("watch")).kind, "refused");
  assert.equal(world.logger.messages("error").length, 1);
  assert.deepEqual([world.events.length, reloader.refusedCount], [1, 1]);
  assert.equal((await reloader.reload("api")).kind, "refused");
  assert.deepEqual([world.events.length, reloader.refusedCount], [2, 2]);
  assert.equal(reloader.pendingProblems.length, 1);
  world.write("stale_minutes: 5\n");
  await reloader.reload("watch");
  assert.deepEqual(reloader.pendingProblems, []);
  world.write(bad);
  await reloader.reload("watch");
  assert.equal(world.events.length, 3);
});

Deno.test("keys that can't change keep their values, are named, and stay named until the restart", async () => {
  await using world = new ReloadWorld("port: 1\nstale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write("port: 2\nstale_minutes: 6\nhost: 127.0.0.1\n");
  const outcome = await reloader.reload("api");
  assert.equal(outcome.kind, "applied");
  assert.deepEqual(outcome.needsRestart, ["port", "host"]);
  assert.deepEqual(outcome.changed, ["stale_minutes"]);
  assert.deepEqual(
    [reloader.config.port, reloader.config.host, reloader.config.staleMinutes],
    [1, "0.0.0.0", 6],
  );
  assert.deepEqual(world.logger.messages("warn"), [
    "port can't change while the server runs: it stays 1, and 2 holds after a restart",
    `host can't change while the server runs: it stays "0.0.0.0", and "127.0.0.1" holds after a restart`,
  ]);
  world.write("port: 2\nstale_minutes: 8\n");
  assert.deepEqual((await reloader.reload("api")).needsRestart, ["port"]);
  assert.equal(reloader.config.port, 1);
});

Deno.test("TLS of the listener is switched on by a restart only; another certificate is live", async () => {
  await using world = new ReloadWorld();
  const pair = (name: string) => {
    Deno.writeTextFileSync(`${world.folder}/${name}.pem`, name);
    return `tls_cert_file: ${world.folder}/${name}.pem\ntls_key_file: ${world.folder}/${name}.pem\n`;
  };
  const plain = (await world.start()).reloader;
  world.write(pair("a"));
  const on = await plain.reload("api");
  assert.deepEqual(on.needsRestart, ["port", "tls_cert_file", "tls_key_file"]);
  assert.equal(plain.config.tlsCertFile, "");

  const { reloader } = await world.start();
  assert.equal(reloader.config.tlsCertFile, `${world.folder}/a.pem`);
  world.write(pair("b"));
  const other = await reloader.reload("api");
  assert.deepEqual(other.changed, ["tls_cert_file", "tls_key_file"]);
  assert.deepEqual(other.needsRestart, []);
  assert.equal(reloader.config.tlsCertFile, `${world.folder}/b.pem`);
});

Deno.test("a renewed certificate is a change although no document changed", async () => {
  await using world = new ReloadWorld();
  const file = `${world.folder}/ca.pem`;
  Deno.writeTextFileSync(file, "old");
  world.write(`upstream_ca_file: ${file}\n`);
  const { reloader } = await world.start();
  assert.equal((await reloader.reload("signal")).kind, "unchanged");
  Deno.writeTextFileSync(file, "new");
  const outcome = await reloader.reload("signal");
  assert.equal(outcome.kind, "applied");
  assert.deepEqual(outcome.changed, ["upstream_ca_file"]);
  assert.equal((await reloader.reload("signal")).kind, "unchanged");
});

Deno.test("a renewed certificate that the server took over by itself is no change", async () => {
  await using world = new ReloadWorld();
  const file = `${world.folder}/ca.pem`;
  Deno.writeTextFileSync(file, "old");
  world.write(`upstream_ca_file: ${file}\n`);
  const { reloader } = await world.start();
  Deno.writeTextFileSync(file, "new");
  world.fileHashes.set("upstream_ca_file", sha256("new"));
  assert.equal((await reloader.reload("signal")).kind, "unchanged");
  world.write(`upstream_ca_file: ${file}\nstale_minutes: 6\n`);
  const outcome = await reloader.reload("signal");
  assert.deepEqual(outcome.changed, ["stale_minutes"]);
  Deno.writeTextFileSync(file, "newer");
  assert.deepEqual((await reloader.reload("signal")).changed, [
    "upstream_ca_file",
  ]);
});

Deno.test("what can't be prepared is refused, and tried again although nothing else changed", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write("stale_minutes: 6\n");
  world.onPrepare = () => {
    throw new Error('Cannot read "cert.pem": no such file');
  };
  const refused = await reloader.reload("watch");
  assert.equal(refused.kind, "refused");
  assert.deepEqual(refused.problems, ['Cannot read "cert.pem": no such file']);
  assert.deepEqual([world.applied, reloader.config.staleMinutes], [[], 5]);
  world.onPrepare = () => {};
  assert.equal((await reloader.reload("watch")).kind, "applied");
});

Deno.test("only somebody who means it may open a server, never what a file happens to hold", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  const seen: boolean[] = [];
  world.onPrepare = (_, mayOpen) => void seen.push(mayOpen);
  for (
    const [index, cause] of (["watch", "signal", "api"] as const)
      .entries()
  ) {
    world.write(`stale_minutes: ${6 + index}\n`);
    await reloader.reload(cause);
  }
  assert.deepEqual(seen, [false, false, false]);
  await reloader.reload("api", true);
  await reloader.rollback();
  assert.deepEqual(seen.slice(3), [true, true]);
});

Deno.test("an exception while applying is an outcome with a stack in the log, and the server can go on", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write("stale_minutes: 6\n");
  world.onApply = () => {
    throw new TypeError("a slip");
  };
  const outcome = await reloader.reload("api");
  assert.equal(outcome.kind, "failed");
  assert.deepEqual([reloader.current().version, reloader.config.staleMinutes], [
    1,
    5,
  ]);
  const line = world.logger.lines.find(({ level }) => level === "error");
  assert.ok(line?.data.error instanceof TypeError);
  world.onApply = () => {};
  assert.equal((await reloader.reload("api")).kind, "applied");
});

Deno.test("reloads run one at a time, and those asked for meanwhile share the next one", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  const gate = Promise.withResolvers<void>();
  const prepared: number[] = [];
  world.onPrepare = async ({ staleMinutes }) => {
    prepared.push(staleMinutes);
    await gate.promise;
  };
  world.write("stale_minutes: 6\n");
  const first = reloader.reload("signal");
  while (prepared.length === 0) await new Promise((go) => setTimeout(go, 1));
  world.write("stale_minutes: 7\n");
  const second = reloader.reload("watch");
  const third = reloader.reload("api");
  gate.resolve();
  const outcomes = await Promise.all([first, second, third]);
  assert.deepEqual(outcomes.map(({ version }) => version), [2, 3, 3]);
  assert.equal(outcomes[1], outcomes[2]);
  assert.deepEqual(prepared, [6, 7]);
  assert.equal(reloader.config.staleMinutes, 7);
});

Deno.test("flags and variables stay above the file", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start({ OPSEN_STALE_MINUTES: "9" });
  world.write("stale_minutes: 6\npanic: fail_closed\n");
  const outcome = await reloader.reload("api");
  assert.deepEqual(outcome.changed, ["panic"]);
  assert.equal(reloader.config.staleMinutes, 9);
});

Deno.test("a file that is gone is refused, not taken for an empty one", async () => {
  await using world = new ReloadWorld("server_key: secret-key\n");
  const { reloader } = await world.start();
  Deno.removeSync(world.path);
  const outcome = await reloader.reload("watch");
  assert.equal(outcome.kind, "refused");
  assert.match(
    outcome.problems.join(),
    /found no such file, wanted a YAML file/,
  );
  assert.equal(reloader.config.serverKey, "secret-key");
});

Deno.test("no secret is told, neither in the log nor in events nor in the history", async () => {
  await using world = new ReloadWorld("server_key: old-secret\n");
  const { reloader } = await world.start();
  world.write("server_key: new-secret\napi_keys: [{key: [third-secret]}]\n");
  await reloader.reload("api");
  world.write("server_key: new-secret\n");
  await reloader.reload("api");
  const told = JSON.stringify([
    world.logger.lines,
    world.events,
    reloader.history(),
  ]);
  assert.match(told, /server_key/);
  assert.doesNotMatch(told, /-secret/);
});

Deno.test("nothing comes into force once the server stops", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  reloader[Symbol.dispose]();
  world.write("stale_minutes: 6\n");
  assert.equal((await reloader.reload("watch")).kind, "failed");
  assert.deepEqual(world.applied, []);
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
