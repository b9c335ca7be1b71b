import assert from "node:assert/strict";
import { VERSIONS_KEPT } from "../../src/reload/version_folder.ts";
import { ReloadWorld } from "./reload_world.ts";

/** A world whose server has had stale_minutes 5, 6 and 7. */
async function threeVersions() {
  const world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  for (const minutes of [6, 7]) {
    world.write(`stale_minutes: ${minutes}\n`);
    await reloader.reload("api");
  }
  return { world, reloader };
}

Deno.test("the version before comes back under a new number, and the file is left alone until it changes", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  const outcome = await reloader.rollback();
  assert.equal(outcome.kind, "applied");
  assert.equal(outcome.kind === "applied" && outcome.rolledBackTo, 2);
  assert.deepEqual([reloader.current().version, reloader.config.staleMinutes], [
    4,
    6,
  ]);
  for (const cause of ["watch", "signal", "api"] as const) {
    const again = await reloader.reload(cause);
    assert.equal(again.kind, "unchanged");
    assert.match(again.notes.join(), /was rolled back .* opsen reload --force/);
  }
  assert.equal(reloader.config.staleMinutes, 6);
  world.write("stale_minutes: 8\n");
  assert.equal((await reloader.reload("watch")).kind, "applied");
  world.write("stale_minutes: 7\n");
  assert.equal((await reloader.reload("watch")).kind, "applied");
});

Deno.test("force loads what was rolled back", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  await reloader.rollback();
  const outcome = await reloader.reload("api", true);
  assert.deepEqual([outcome.kind, outcome.version], ["applied", 5]);
  assert.equal(reloader.config.staleMinutes, 7);
  assert.deepEqual((await reloader.reload("api")).notes, []);
});

Deno.test("a second rollback goes one further back, not forth again", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  await reloader.rollback();
  await reloader.rollback();
  assert.equal(reloader.config.staleMinutes, 5);
  assert.equal((await reloader.reload("watch")).kind, "unchanged");
  const outcome = await reloader.rollback();
  assert.deepEqual(outcome, {
    kind: "unknown_version",
    kept: [1, 2, 3, 4, 5],
  });
});

Deno.test("any kept version comes back by its number, and one that is not kept is not known", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  await reloader.rollback(1);
  assert.equal(reloader.config.staleMinutes, 5);
  assert.equal((await reloader.rollback(99)).kind, "unknown_version");
  await reloader.rollback(3);
  assert.equal(reloader.config.staleMinutes, 7);
  assert.deepEqual((await reloader.reload("watch")).notes, []);
});

Deno.test("a rollback holds over a restart, loudly, until the file changes", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  await reloader.rollback();
  const again = await world.start();
  assert.equal(again.start.config.staleMinutes, 6);
  const [notice] = again.start.notices;
  assert.equal(notice?.level, "warn");
  assert.ok(notice?.message.includes(world.path));
  assert.match(notice?.message ?? "", /opsen reload --force/);
  assert.equal(again.reloader.current().version, 4);
  assert.equal((await again.reloader.reload("signal")).kind, "unchanged");

  world.write("stale_minutes: 9\n");
  const third = await world.start();
  assert.deepEqual(
    [third.start.config.staleMinutes, third.start.notices],
    [9, []],
  );
  assert.equal(third.reloader.current().version, 5);
});

Deno.test("a rollback while the file is wrong lets a server start that would not otherwise", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.write("stale_minutes: 6\n");
  await reloader.reload("api");
  world.write("stale_minutes: many\n");
  assert.equal((await reloader.reload("watch")).kind, "refused");
  assert.equal((await world.choose()).kind, "invalid");
  await reloader.rollback();
  assert.equal((await reloader.reload("watch")).kind, "unchanged");
  assert.equal((await reloader.reload("api", true)).kind, "refused");
  assert.equal((await world.start()).start.config.staleMinutes, 5);
});

Deno.test("a rollback ends with the start that finds another file, and doesn't hold again for the old one", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  await reloader.rollback();
  world.write("stale_minutes: 9\n");
  const again = (await world.start()).reloader;
  world.write("stale_minutes: 7\n");
  assert.equal((await again.reload("watch")).kind, "applied");
  assert.equal(again.config.staleMinutes, 7);
});

Deno.test("a certificate that is renewed while a rollback holds is loaded, and the rollback holds on", async () => {
  await using world = new ReloadWorld();
  const ca = `${world.folder}/ca.pem`;
  Deno.writeTextFileSync(ca, "old");
  const text = (minutes: number) =>
    `upstream_ca_file: ${ca}\nstale_minutes: ${minutes}\n`;
  world.write(text(5));
  const { reloader } = await world.start();
  world.write(text(6));
  await reloader.reload("api");
  await reloader.rollback();
  Deno.writeTextFileSync(ca, "new");
  const outcome = await reloader.reload("signal");
  assert.equal(outcome.kind, "applied");
  assert.deepEqual(outcome.changed, ["upstream_ca_file"]);
  assert.equal(reloader.config.staleMinutes, 5);
  assert.equal((await world.choose()).kind, "loaded");
  assert.equal((await world.start()).start.config.staleMinutes, 5);
  assert.equal((await reloader.rollback()).kind, "unknown_version");
});

Deno.test("what was there before comes back also after many reloads by force", async () => {
  const { world, reloader } = await threeVersions();
  await using _ = world;
  for (let force = 0; force < VERSIONS_KEPT; force++) {
    await reloader.reload("api", true);
  }
  assert.equal((await reloader.rollback()).kind, "applied");
  assert.equal(reloader.config.staleMinutes, 6);
});

Deno.test("a version that is not valid under today's variables is refused", async () => {
  await using world = new ReloadWorld(
    "tiers: [{name: a, vcpu: 1, memory_gb: 1}]\ndefault_tier: a\n",
  );
  await world.start();
  world.write("tiers: [{name: b, vcpu: 1, memory_gb: 1}]\n");
  const { reloader } = await world.start({ OPSEN_DEFAULT_TIER: "b" });
  const outcome = await reloader.rollback(1);
  assert.equal(outcome.kind, "refused");
  assert.equal(reloader.config.tiers[0]?.name, "b");
});
