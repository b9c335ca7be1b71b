import assert from "node:assert/strict";
import { runClient } from "../../src/client.ts";
import { fixture, TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { clientConfig } from "./client_config.ts";
import { HURRIED_CLOCK, livingProc, simulate } from "./simulation.ts";

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
