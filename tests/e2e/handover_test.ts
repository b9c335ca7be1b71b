import assert from "node:assert/strict";
import { startOpsen } from "./opsen_process.ts";
import { ProxyStage } from "./proxy_stage.ts";
import { portOf } from "./server_home.ts";
import { countingOrigin, SteadyLoad } from "./steady_load.ts";

/** Callers of each kind: enough that every moment of a request is met. */
const CALLERS = 8;
const HANDOVERS = 3;
/** Room for all of them at once. */
const MACHINE = { cores: 256, memoryGb: 1_024 };

Deno.test({
  name:
    "one server takes over from another at the same port, and no request fails",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using stage = new ProxyStage("epoll");
    const origin = stage.keep(countingOrigin());
    const server = await stage.startWith({ one: { to: origin, ...MACHINE } }, {
      rate_limit_per_minute: 0,
      reuse_port: true,
    });
    await using servers = new AsyncDisposableStack();
    let present = server.process;
    const load = new SteadyLoad(server.port, {
      standing: CALLERS,
      passing: CALLERS,
    });
    for (let count = 0; count < HANDOVERS; count++) {
      await load.more(300);
      // It knows the fleet from the database before it listens.
      const next = servers.use(await startBeside(stage, server.port));
      assert.equal(await portOf(next), server.port);
      present.kill("SIGTERM");
      await load.more(300);
      const { code, stdout, stderr } = await present.ended();
      assert.equal(code, 0);
      assert.doesNotMatch(stdout + stderr, /cut off|ERROR/);
      present = next;
    }
    await load.more(300);
    await load.ended();
    assert.deepEqual(load.failed, []);
    assert.equal(load.refused, 0);
    assert.deepEqual(new Set(origin.seen.keys()), load.answered);
    assert.deepEqual(new Set(origin.seen.values()), new Set([1]));
  },
});

/** Another server of the same configuration, database and port. */
async function startBeside({ home }: ProxyStage, port: number) {
  return await startOpsen([
    ...["server", "--config", `${home.folder}/server.yml`],
    ...["--db", home.databasePath, "--host", "127.0.0.1"],
    ...["--port", `${port}`, "--log-level", "info"],
  ]);
}
