import assert from "node:assert/strict";
import { toolTest } from "../tools.ts";
import {
  issued,
  openTrusting,
  showCertificate,
  startEncrypted,
} from "./encrypted.ts";
import { startOpsen } from "./opsen_process.ts";
import { DRIVERS, ProxyStage } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";
import { portOf, type TestServer } from "./server_home.ts";
import { countingOrigin, SteadyLoad } from "./steady_load.ts";

/** Callers of each kind: enough that every moment of a request is met. */
const CALLERS = 8;
const HANDOVERS = 3;
/** Room for all of them at once. */
const MACHINE = { cores: 256, memoryGb: 1_024 };
const KEYS = { rate_limit_per_minute: 0, reuse_port: true };

Deno.test({
  name:
    "one server takes over from another at the same port, and no request fails",
  ignore: !DRIVERS.includes("epoll"),
  fn: () =>
    handOver(
      (stage, backends) => stage.startWith(backends, KEYS),
      Wire.open,
    ),
});

if (DRIVERS.includes("epoll")) {
  toolTest(
    "openssl",
    "one server takes over from another with TLS, and no request fails",
    async () => {
      const certificate = await issued();
      await handOver(async (stage, backends) => {
        await showCertificate(stage, certificate);
        return await startEncrypted(stage, backends, KEYS);
      }, openTrusting([certificate.authority]));
    },
  );
}

/** Hands over under load, again and again. */
async function handOver(
  start: (
    stage: ProxyStage,
    backends: Parameters<ProxyStage["startWith"]>[0],
  ) => Promise<TestServer>,
  open: (port: number) => Promise<Wire>,
): Promise<void> {
  await using stage = new ProxyStage("epoll");
  const origin = stage.keep(countingOrigin());
  const server = await start(stage, { one: { to: origin, ...MACHINE } });
  await using servers = new AsyncDisposableStack();
  let present = server.process;
  const callers = { standing: CALLERS, passing: CALLERS };
  const load = new SteadyLoad(server.port, callers, open);
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
  assert.deepEqual(load.resetAtFirst, []);
  assert.equal(load.refused, 0);
  assert.deepEqual(new Set(origin.seen.keys()), load.answered);
  assert.deepEqual(new Set(origin.seen.values()), new Set([1]));
}

/** Another server of the same configuration, database and port. */
async function startBeside({ home }: ProxyStage, port: number) {
  return await startOpsen([
    ...["server", "--config", `${home.folder}/server.yml`],
    ...["--db", home.databasePath, "--host", "127.0.0.1"],
    ...["--port", `${port}`, "--log-level", "info"],
  ]);
}
