import assert from "node:assert/strict";
import { nothing, ReloadWorld } from "./reload_world.ts";

const URL_LINE = "config_url: https://user:pass@config.example/a.yml?token=t\n";

function noticesOf(start: Awaited<ReturnType<ReloadWorld["choose"]>>) {
  assert.ok(start.kind === "loaded", JSON.stringify(start));
  return start.notices.map(({ level, message }) => `${level}: ${message}`);
}

Deno.test("the same documents are the same version after a restart, others the next one", async () => {
  await using world = new ReloadWorld("port: 1\n");
  assert.equal((await world.start()).reloader.current().version, 1);
  const appliedAtMs = world.clock.wallMs();
  world.clock.advance(60_000);
  const second = (await world.start()).reloader;
  assert.deepEqual(
    [second.current().version, second.current().appliedAtMs],
    [1, appliedAtMs],
  );
  world.write("port: 2\n");
  const { reloader } = await world.start();
  assert.equal(reloader.current().version, 2);
  assert.deepEqual(
    reloader.history().map(({ cause, version }) => [cause, version]),
    [["start", 1], ["start", 2]],
  );
});

Deno.test("a wrong file keeps a server from starting, as ever", async () => {
  await using world = new ReloadWorld("prt: 1\n");
  assert.deepEqual(await world.choose(), {
    kind: "invalid",
    problems: [`${world.path}:1:1 prt: found an unknown key, wanted "port"`],
  });
});

Deno.test("the document of config_url stands above the file, also when a variable names it", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\npanic: fail_closed\n");
  world.serve("stale_minutes: 6\n");
  const start = await world.choose({
    OPSEN_CONFIG_URL: "https://config.example/a.yml",
  });
  assert.ok(start.kind === "loaded");
  assert.deepEqual(
    [start.config.staleMinutes, start.config.panic, start.notices],
    [6, "fail_closed", []],
  );
  assert.equal(world.asks[0]?.url, "https://config.example/a.yml");
});

Deno.test("with config_url out of reach its last good copy takes its place, and without one the file stands alone", async () => {
  await using world = new ReloadWorld(`${URL_LINE}stale_minutes: 5\n`);
  const alone = await world.choose();
  assert.deepEqual(noticesOf(alone), [
    "warn: https://config.example/... can't be had (no host): the file holds without it",
  ]);
  world.serve("stale_minutes: 6\n");
  await world.start();
  world.onRequest = () => nothing("the answer is 503");
  const { start } = await world.start();
  assert.equal(start.config.staleMinutes, 6);
  assert.deepEqual(noticesOf(start), [
    "warn: https://config.example/... can't be had (the answer is 503): its last good copy holds",
  ]);
});

Deno.test("a wrong document at config_url gives way to its last good copy; without one the start is refused", async () => {
  await using world = new ReloadWorld(`${URL_LINE}stale_minutes: 5\n`);
  world.serve("stale_mnutes: 6\n");
  const problem =
    'https://config.example/...:1:1 stale_mnutes: found an unknown key, wanted "stale_minutes"';
  assert.deepEqual(await world.choose(), {
    kind: "invalid",
    problems: [problem],
  });
  world.serve("stale_minutes: 6\n");
  await world.start();
  world.serve("stale_mnutes: 6\n");
  const { start, reloader } = await world.start();
  assert.equal(start.config.staleMinutes, 6);
  assert.deepEqual(noticesOf(start), [
    `warn: https://config.example/... can't be used, its last good copy holds: ${problem}`,
  ]);
  assert.equal((await reloader.reload("url")).kind, "refused");
  world.onRequest = () => nothing("no host");
  assert.equal((await reloader.reload("url")).kind, "unchanged");
});

Deno.test("a server that started without config_url takes it up when it is there, and its file meanwhile", async () => {
  await using world = new ReloadWorld(`${URL_LINE}stale_minutes: 5\n`);
  const { reloader } = await world.start();
  assert.equal((await reloader.reload("url")).kind, "unchanged");
  world.write(`${URL_LINE}stale_minutes: 7\n`);
  assert.equal((await reloader.reload("signal")).kind, "applied");
  world.serve("stale_minutes: 6\n");
  const outcome = await reloader.reload("url");
  assert.deepEqual([outcome.kind, outcome.changed], [
    "applied",
    ["stale_minutes"],
  ]);
});

Deno.test("a new config_url that can't be had refuses the file that names it", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write(`${URL_LINE}stale_minutes: 7\n`);
  const outcome = await reloader.reload("signal");
  assert.deepEqual(outcome.problems, [
    "config_url: found nothing at https://config.example/... (no host), wanted a YAML file there",
  ]);
  assert.equal(reloader.config.staleMinutes, 5);
  assert.doesNotMatch(
    JSON.stringify([outcome, world.logger.lines, world.events]),
    /pass|token/,
  );
});

Deno.test("a config_url that is wrong is refused without a word of it", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write("config_url: ftp://user:pass@config.example/a.yml?token=t\n");
  const outcome = await reloader.reload("signal");
  assert.equal(outcome.kind, "refused");
  assert.match(outcome.problems.join(), /config_url/);
  assert.doesNotMatch(
    JSON.stringify([outcome, world.logger.lines, world.events]),
    /pass|token/,
  );
});

Deno.test("a look at the URL leaves a file alone that nobody wants to be watched", async () => {
  await using world = new ReloadWorld(`${URL_LINE}stale_minutes: 5\n`);
  world.serve("panic: fail_closed\n");
  const { reloader } = await world.start();
  world.write(`${URL_LINE}stale_minutes: 7\n`);
  assert.equal((await reloader.reload("url")).kind, "unchanged");
  world.serve("panic: fail_open\n");
  assert.deepEqual((await reloader.reload("url")).changed, ["panic"]);
  const asked = world.asks.length;
  assert.deepEqual((await reloader.reload("watch")).changed, ["stale_minutes"]);
  assert.equal(world.asks.length, asked);
});

Deno.test("the copy of config_url comes into force no more when it is out of reach for long, but is told of once", async () => {
  await using world = new ReloadWorld(URL_LINE);
  world.serve("panic: fail_closed\n");
  const { reloader } = await world.start();
  world.onRequest = () => nothing("no host");
  for (let look = 0; look < 3; look++) {
    assert.equal((await reloader.reload("url")).kind, "unchanged");
  }
  assert.equal(world.logger.messages("warn").length, 1);
  assert.equal(reloader.config.panic, "fail_closed");
});

Deno.test("of a pipe, what was read at the start holds", async () => {
  await using world = new ReloadWorld();
  Deno.removeSync(world.path);
  const script =
    'mkfifo "$0" && echo made && exec printf "stale_minutes: 6\n" > "$0"';
  const writer = new Deno.Command("sh", {
    args: ["-c", script, world.path],
    stdout: "piped",
  }).spawn();
  const said = writer.stdout.getReader();
  await said.read();
  const { reloader } = await world.start();
  await said.cancel();
  await writer.status;
  assert.equal(reloader.config.staleMinutes, 6);
  assert.equal((await reloader.reload("signal")).kind, "unchanged");
});
