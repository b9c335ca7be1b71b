/** Rollbacks where `config_url` has a part in the configuration. */
import assert from "node:assert/strict";
import { nothing, ReloadWorld } from "./reload_world.ts";

const URL_LINE = "config_url: https://config.example/a.yml\n";

/** A world whose server has had stale_minutes 5 and 6 from its URL, and was rolled back to 5. */
async function rolledBack() {
  const world = new ReloadWorld(URL_LINE);
  world.serve("stale_minutes: 5\n");
  const { reloader } = await world.start();
  world.serve("stale_minutes: 6\n");
  await reloader.reload("url");
  await reloader.rollback();
  assert.equal(reloader.config.staleMinutes, 5);
  return { world, reloader };
}

Deno.test("a rollback to before config_url takes nothing away from who asks again while its host is down", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  await world.start();
  world.write(`${URL_LINE}stale_minutes: 5\n`);
  world.serve("server_key: secret-key\n");
  const { reloader } = await world.start();
  await reloader.rollback();
  assert.equal(reloader.config.serverKey, "");
  world.onRequest = () => nothing("no host");
  for (const server of [reloader, (await world.start()).reloader]) {
    assert.equal((await server.reload("signal")).kind, "unchanged");
    assert.equal(server.current().version, 3);
  }
  world.write(`${URL_LINE}stale_minutes: 7\n`);
  const again = (await world.start()).reloader;
  assert.deepEqual(
    [again.config.serverKey, again.config.staleMinutes],
    ["secret-key", 7],
  );
});

Deno.test("once there is a copy the file never stands alone, also after a restart and a rollback", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  await world.start();
  world.write(`${URL_LINE}stale_minutes: 5\n`);
  world.serve("server_key: secret-key\n");
  await world.start();
  const { reloader } = await world.start();
  await reloader.rollback();
  world.onRequest = () => nothing("no host");
  world.write(`${URL_LINE}stale_minutes: 7\n`);
  assert.equal((await reloader.reload("signal")).kind, "applied");
  assert.equal(reloader.config.serverKey, "secret-key");
});

Deno.test("a look that fails doesn't end a rollback, and neither does the good one after it", async () => {
  const { world, reloader } = await rolledBack();
  await using _ = world;
  world.onRequest = () => nothing("no host");
  assert.equal((await reloader.reload("url")).kind, "unchanged");
  assert.equal((await reloader.reload("signal")).kind, "unchanged");
  world.serve("stale_minutes: 6\n");
  assert.equal((await reloader.reload("url")).kind, "unchanged");
  assert.equal(reloader.config.staleMinutes, 5);
  world.serve("stale_minutes: 7\n");
  assert.equal((await reloader.reload("url")).kind, "applied");
});

Deno.test("a rollback holds over a restart while the host is down, whatever is looked at then", async () => {
  const { world } = await rolledBack();
  await using _ = world;
  world.onRequest = () => nothing("no host");
  const { reloader } = await world.start();
  for (const cause of ["watch", "url", "signal"] as const) {
    assert.equal((await reloader.reload(cause)).kind, "unchanged");
  }
  world.serve("stale_minutes: 6\n");
  assert.equal((await reloader.reload("url")).kind, "unchanged");
  assert.equal(reloader.config.staleMinutes, 5);
});

Deno.test("a rollback from a wrong document holds over a restart while the host is down", async () => {
  await using world = new ReloadWorld(URL_LINE);
  const { reloader } = await world.start();
  for (const minutes of ["5", "6", "many"]) {
    world.serve(`stale_minutes: ${minutes}\n`);
    await reloader.reload("url");
  }
  await reloader.rollback();
  assert.equal(reloader.config.staleMinutes, 5);
  const { version } = reloader.current();
  for (const answer of ["no host", "stale_minutes: none\n"]) {
    if (answer === "no host") world.onRequest = () => nothing(answer);
    else world.serve(answer);
    const again = (await world.start()).reloader;
    assert.deepEqual(
      [again.config.staleMinutes, again.current().version],
      [5, version],
    );
  }
});

Deno.test("a file that changes ends a rollback also while the host is down, before and after a restart", async () => {
  for (const isRestarted of [false, true]) {
    const { world, reloader } = await rolledBack();
    await using _ = world;
    world.onRequest = () => nothing("no host");
    const server = isRestarted ? (await world.start()).reloader : reloader;
    world.write(`${URL_LINE}panic: fail_closed\n`);
    assert.equal((await server.reload("signal")).kind, "applied");
    assert.deepEqual(
      [server.config.panic, server.config.staleMinutes],
      ["fail_closed", 6],
    );
    const { notes } = await server.reload("url");
    assert.equal(notes.length, 1);
    assert.match(notes.join(), /its last good copy holds$/);
  }
});

Deno.test("what is loaded again while a rollback holds doesn't make a good copy of what was rolled back", async () => {
  await using world = new ReloadWorld();
  const ca = `${world.folder}/ca.pem`;
  const head = `${URL_LINE}upstream_ca_file: ${ca}\n`;
  Deno.writeTextFileSync(ca, "old");
  world.write(head);
  const { reloader } = await world.start();
  for (const minutes of ["5", "6", "many"]) {
    world.serve(`stale_minutes: ${minutes}\n`);
    await reloader.reload("url");
  }
  await reloader.rollback();
  Deno.writeTextFileSync(ca, "new");
  assert.equal((await reloader.reload("signal")).kind, "applied");
  assert.equal(reloader.config.staleMinutes, 5);
  world.onRequest = () => nothing("no host");
  world.write(`${head}panic: fail_closed\n`);
  await reloader.reload("signal");
  assert.equal(reloader.config.staleMinutes, 6);
});

Deno.test("a config_url that was had once doesn't leave the file alone when it is named again", async () => {
  await using world = new ReloadWorld(URL_LINE);
  world.serve("server_key: secret-key\n");
  await world.start();
  const { reloader } = await world.start();
  world.write("config_url: https://other.example/\n");
  await reloader.reload("signal");
  world.onRequest = () => nothing("no host");
  world.write(URL_LINE);
  assert.equal((await reloader.reload("signal")).kind, "refused");
  assert.equal(reloader.config.serverKey, "secret-key");
});
