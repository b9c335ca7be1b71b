import assert from "node:assert/strict";
import { FileWatch } from "../../src/reload/file_watch.ts";
import { UrlSchedule } from "../../src/reload/url_schedule.ts";
import { Watching } from "../../src/reload/watching.ts";
import { FixedRandom } from "../fakes/random.ts";
import { nothing, ReloadWorld } from "./reload_world.ts";

Deno.test("a change is acted on when it was there at two looks, once", async () => {
  let mark = "a";
  const watch = new FileWatch(() => Promise.resolve(mark));
  const looks = async (...marks: readonly string[]) => {
    const acted = [];
    for (mark of marks) acted.push(await watch.look(["x"]));
    return acted;
  };
  assert.deepEqual(await looks("a", "a", "a"), [false, true, false]);
  assert.deepEqual(await looks("b", "c", "d", "d", "d"), [
    ...[false, false, false, true, false],
  ]);
  assert.deepEqual(await looks("e", "d", "d"), [false, false, false]);
});

Deno.test("an atomic rename, a new length and a file that goes are seen", async () => {
  await using world = new ReloadWorld("port: 1\n");
  const watch = new FileWatch();
  const look = async () => {
    await watch.look([world.path]);
    return await watch.look([world.path]);
  };
  assert.equal(await look(), true);
  assert.equal(await look(), false);
  const { mtime } = Deno.statSync(world.path);
  Deno.writeTextFileSync(`${world.path}.new`, "port: 2\n");
  Deno.utimeSync(`${world.path}.new`, mtime ?? 0, mtime ?? 0);
  Deno.renameSync(`${world.path}.new`, world.path);
  assert.equal(await look(), true);
  Deno.writeTextFileSync(world.path, "port: 22\n");
  assert.equal(await look(), true);
  Deno.removeSync(world.path);
  assert.equal(await look(), true);
  assert.equal(await look(), false);
});

Deno.test("a URL is due every interval with some jitter, and after failures later and later up to five minutes", () => {
  const due = (intervalMs: number, failures: number, random: number) => {
    const schedule = new UrlSchedule();
    const ask = { url: "https://x/", intervalMs, failures };
    assert.equal(schedule.isDue(ask, 0, random), false);
    for (let now = 0;; now += 1000) {
      if (schedule.isDue(ask, now, random)) return now;
    }
  };
  assert.equal(due(60_000, 0, 0.5), 60_000);
  assert.equal(due(60_000, 0, 0), 54_000);
  assert.equal(due(60_000, 0, 0.999), 66_000);
  assert.equal(due(60_000, 1, 0.5), 120_000);
  assert.equal(due(60_000, 3, 0.5), 300_000);
  assert.equal(due(60_000, 2000, 0.5), 300_000);
  assert.equal(due(900_000, 5, 0.5), 900_000);
  const none = new UrlSchedule();
  const ask = { url: "", intervalMs: 1000, failures: 0 };
  assert.deepEqual([0, 1e9].map((now) => none.isDue(ask, now, 0)), [
    false,
    false,
  ]);
});

Deno.test("a shorter interval counts at once, a longer one after the next look", () => {
  const schedule = new UrlSchedule();
  const isDue = (seconds: number, atSeconds: number, random = 0.5) =>
    schedule.isDue(
      { url: "https://x/", intervalMs: seconds * 1000, failures: 0 },
      atSeconds * 1000,
      random,
    );
  assert.equal(isDue(86_400, 0), false);
  assert.equal(isDue(60, 100), false);
  assert.deepEqual([isDue(60, 101, 0), isDue(60, 159)], [false, false]);
  assert.equal(isDue(60, 160), true);
  assert.deepEqual([isDue(86_400, 200), isDue(86_400, 220)], [false, true]);
  assert.deepEqual([isDue(86_400, 300), isDue(86_400, 86_619)], [false, false]);
  assert.equal(isDue(86_400, 86_620), true);
});

Deno.test("a watched file is loaded by itself, and one that nobody wants to be watched is not", async () => {
  await using world = new ReloadWorld("watch_config: true\nstale_minutes: 5\n");
  const { reloader, start } = await world.start();
  const { clock } = world;
  const watching = new Watching({
    ...{ reloader, start, clock, random: new FixedRandom(0.5) },
  });
  const ticks = async () => {
    for (let tick = 0; tick < 3; tick++) await watching.tick();
  };
  await ticks();
  assert.equal(reloader.current().version, 1);
  world.write("watch_config: true\nstale_minutes: 6\n");
  await ticks();
  assert.equal(reloader.config.staleMinutes, 6);
  world.write("watch_config: false\nstale_minutes: 6\n");
  await ticks();
  assert.equal(reloader.config.watchConfig, false);
  world.write("watch_config: true\nstale_minutes: 9\n");
  await ticks();
  assert.equal(reloader.config.staleMinutes, 6);
});

Deno.test("a renewed certificate is loaded by itself", async () => {
  await using world = new ReloadWorld();
  const ca = `${world.folder}/ca.pem`;
  Deno.writeTextFileSync(ca, "old");
  world.write(`watch_config: true\nupstream_ca_file: ${ca}\n`);
  const { reloader, start } = await world.start();
  const { clock } = world;
  const watching = new Watching({
    ...{ reloader, start, clock, random: new FixedRandom(0.5) },
  });
  for (let tick = 0; tick < 2; tick++) await watching.tick();
  Deno.writeTextFileSync(ca, "renewed");
  for (let tick = 0; tick < 2; tick++) await watching.tick();
  assert.deepEqual(reloader.history().at(-1)?.changed, ["upstream_ca_file"]);
});

Deno.test("config_url is looked at when its time has come, and a failing host is asked less often", async () => {
  await using world = new ReloadWorld(
    "config_url: https://config.example/a.yml\nconfig_url_interval_seconds: 10\n",
  );
  world.serve("stale_minutes: 5\n");
  const { reloader, start } = await world.start();
  const { clock } = world;
  const watching = new Watching({
    ...{ reloader, start, clock, random: new FixedRandom(0.5) },
  });
  const asksIn = async (seconds: number) => {
    const before = world.asks.length;
    for (let second = 0; second < seconds; second++) {
      await watching.tick();
      clock.advance(1000);
    }
    return world.asks.length - before;
  };
  world.serve("stale_minutes: 6\n");
  assert.equal(await asksIn(10), 0);
  assert.equal(await asksIn(1), 1);
  assert.equal(reloader.config.staleMinutes, 6);
  world.onRequest = () => nothing("no host");
  assert.equal(await asksIn(600), 6);
  assert.equal(world.logger.messages("warn").length, 1);
  world.serve("stale_minutes: 7\n");
  await asksIn(300);
  assert.equal(reloader.config.staleMinutes, 7);
});
