import assert from "node:assert/strict";
import { sleep } from "../../src/agent/sleep.ts";
import { type ClientWorld, runClient } from "../../src/client.ts";
import type { ClientConfig } from "../../src/config/client_keys.ts";
import type { Clock } from "../../src/ports.ts";
import { fixture, TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { clientConfig } from "./client_config.ts";
import { FakeServer, type Received, type Reply } from "./fake_server.ts";

/** How much faster than the world's the client's time goes. */
const HASTE = 25;
const HURRIED_CLOCK: Clock = {
  monotonicMs: () => performance.now() * HASTE,
  wallMs: () => Date.now(),
};
const GIB = 2 ** 30;

/** Runs a client of a simulated machine until the server has had so many messages. */
async function simulate(scene: {
  readonly reply?: (message: Received, count: number) => Reply;
  readonly messages: number;
  readonly config?: Partial<ClientConfig>;
  readonly world?: Partial<ClientWorld>;
}) {
  using folder = new TemporaryTree();
  const controller = new AbortController();
  const logger = new FakeLogger();
  let count = 0;
  await using server = new FakeServer((message) => {
    if (++count >= scene.messages) controller.abort();
    return scene.reply?.(message, count) ?? 200;
  });
  const code = await runClient(
    clientConfig({
      serverUrl: server.url,
      stateDir: folder.root,
      windowMinutes: 1,
      ...scene.config,
    }),
    {
      clock: HURRIED_CLOCK,
      sleep: (waitMs, signal) => sleep(waitMs / HASTE, signal),
      random: new FixedRandom(0.5),
      logger,
      signal: controller.signal,
      procRoot: fixture("proc_desktop"),
      sysRoot: fixture("sys_none"),
      etcRoot: fixture("etc_none"),
      statfs: () => ({ bsize: GIB, blocks: 100, bavail: 60 }),
      os: "linux",
      ...scene.world,
    },
  );
  return { code, logger, received: server.received, paths: server.paths };
}

/** A /proc whose two cores go on counting, a quarter of their time busy. */
function livingProc(tree: TemporaryTree): Disposable {
  let ticks = 0;
  function write() {
    ticks += 25;
    const core = `${ticks} 0 0 ${3 * ticks}\n`;
    tree.write("stat", `cpu0 ${core}cpu1 ${core}`);
  }
  tree.write("meminfo", "MemTotal: 16777216 kB\nMemAvailable: 12582912 kB\n");
  tree.write("sys/kernel/hostname", "small-1\n");
  write();
  const timer = setInterval(write, 5);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test("a simulated machine registers its size and reports its use, and the client ends with 0", async () => {
  using proc = new TemporaryTree();
  using _life = livingProc(proc);
  const { code, received, paths } = await simulate({
    messages: 3,
    config: { reportIntervalSeconds: 2, endpointUrl: "http://127.0.0.1:9" },
    world: { procRoot: proc.root },
  });
  assert.equal(code, 0);
  assert.deepEqual(paths.slice(0, 3), ["/register", "/stats", "/stats"]);
  const [registration, report] = received.map(({ body }) => body);
  assert.equal(registration?.["hostname"], "small-1");
  assert.equal(registration?.["total_cpu"], 2);
  assert.equal(registration?.["total_memory_gb"], 16);
  assert.equal(registration?.["total_storage_gb"], 100);
  assert.equal(registration?.["endpoint_url"], "http://127.0.0.1:9");
  assert.deepEqual(report?.["cpu_usage_avg"], [25, 25]);
  assert.equal(report?.["memory_used_gb"], 4);
  assert.equal(report?.["disk_avail_gb"], 60);
  assert.equal(report?.["window_seconds"], 60);
});

Deno.test("a client in a container reports what its limits leave", async () => {
  const { received } = await simulate({
    messages: 1,
    world: {
      procRoot: fixture("proc_container"),
      sysRoot: fixture("sys_container"),
    },
  });
  assert.equal(received[0]?.body["total_cpu"], 2);
  assert.equal(received[0]?.body["total_memory_gb"], 4);
});

Deno.test("a machine whose CPU does not count registers and sends no report, which it says", async () => {
  const { paths, logger } = await simulate({
    messages: 2,
    config: { reregisterMinutes: 1, reportIntervalSeconds: 1 },
  });
  assert.deepEqual(new Set(paths), new Set(["/register"]));
  const warnings = logger.messages("warn").filter((line) =>
    /No report/.test(line)
  );
  assert.equal(warnings.length, 1);
});

Deno.test("on another system the client says one sentence, and registers", async () => {
  const { paths, logger } = await simulate({
    messages: 1,
    world: { os: "darwin" },
  });
  assert.deepEqual(paths, ["/register"]);
  const said = logger.messages("warn").filter((line) => /darwin/.test(line));
  assert.equal(said.length, 1);
});

Deno.test("what should be known of a configuration is said at the start", async () => {
  const controller = new AbortController();
  controller.abort();
  using folder = new TemporaryTree();
  const logger = new FakeLogger();
  const code = await runClient(
    clientConfig({
      serverUrl: "http://192.0.2.1",
      serverKey: "the key",
      stateDir: folder.root,
    }),
    {
      clock: HURRIED_CLOCK,
      random: new FixedRandom(0),
      logger,
      signal: controller.signal,
    },
  );
  assert.equal(code, 0);
  assert.match(logger.messages("warn").join("\n"), /unencrypted/);
  assert.doesNotMatch(JSON.stringify(logger.lines), /the key/);
});

Deno.test("four clients run in one process without knowing of each other", async () => {
  const ids = await Promise.all([1, 2, 3, 4].map(async () => {
    using proc = new TemporaryTree();
    using _life = livingProc(proc);
    const { code, received } = await simulate({
      messages: 2,
      world: { procRoot: proc.root },
    });
    assert.equal(code, 0);
    return received[0]?.body["client_id"];
  }));
  assert.equal(new Set(ids).size, 4);
});
