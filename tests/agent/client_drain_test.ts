import assert from "node:assert/strict";
import { sleep } from "../../src/agent/sleep.ts";
import { runClient } from "../../src/client.ts";
import type { ClientConfig } from "../../src/config/client_keys.ts";
import { EndRequest } from "../../src/lifecycle.ts";
import type { Clock } from "../../src/ports.ts";
import { fixture, TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { clientConfig } from "./client_config.ts";
import { FakeServer, type Received } from "./fake_server.ts";

/** How much faster than the world's the client's time goes. */
const HASTE = 25;
const CLOCK: Clock = {
  monotonicMs: () => performance.now() * HASTE,
  wallMs: () => Date.now(),
};

/** A log that asks the client to end when it has registered. */
class EndingLogger extends FakeLogger {
  readonly #end: () => void;

  constructor(end: () => void) {
    super();
    this.#end = end;
  }

  override info(message: string): void {
    super.info(message);
    if (message.startsWith("Registered")) this.#end();
  }
}

/** What the server answers to a message while the client ends; 1 is the first that says so. */
type Answer = (message: Received, count: number) => object;

/** Runs a client without samples until it ends; it is asked to when the server has its registration. */
async function endOf(
  reason: unknown,
  config: Partial<ClientConfig>,
  answer: Answer = () => ({}),
) {
  using folder = new TemporaryTree();
  const controller = new AbortController();
  const logger = new EndingLogger(() => controller.abort(reason));
  let ending = 0;
  await using server = new FakeServer((message) => {
    const isDraining = message.body["draining"] === true;
    return Response.json(isDraining ? answer(message, ++ending) : {});
  });
  const code = await runClient(
    clientConfig({ serverUrl: server.url, stateDir: folder.root, ...config }),
    {
      clock: CLOCK,
      sleep: (waitMs, signal) => sleep(waitMs / HASTE, signal),
      random: new FixedRandom(0.5),
      logger,
      signal: controller.signal,
      procRoot: fixture("proc_desktop"),
      sysRoot: fixture("sys_none"),
      etcRoot: fixture("etc_none"),
      os: "linux",
    },
  );
  assert.equal(code, 0);
  const draining = server.received.filter(({ body }) => body["draining"]);
  return { logger, draining, received: server.received };
}

const TERMINATED = new EndRequest("SIGTERM");

Deno.test("a client that is terminated goes on until the server says that nothing is left", async () => {
  const { draining, logger } = await endOf(
    TERMINATED,
    { drainSeconds: 3600 },
    (_, count) => count === 3 ? { drained: true } : {},
  );
  assert.ok(draining.length >= 3);
  const said = logger.messages("info");
  assert.ok(said.some((line) => /^Draining: waiting for/.test(line)));
  assert.ok(said.includes("Drained: nothing is left on this machine"));
});

Deno.test("a client that is terminated waits no longer than it may", async () => {
  const { draining, logger } = await endOf(TERMINATED, { drainSeconds: 5 });
  assert.ok(draining.length >= 2);
  assert.deepEqual(
    logger.messages("warn").filter((line) => line.startsWith("Draining")),
    ["Draining: 5 s are over and the server has not said that nothing is left"],
  );
});

Deno.test("without drain_seconds a client that is terminated tells the server and ends", async () => {
  const { draining, logger } = await endOf(TERMINATED, { drainSeconds: 0 });
  assert.equal(draining.length, 1);
  assert.doesNotMatch(logger.messages("info").join("\n"), /Drain/);
});

Deno.test("at Ctrl+C a client ends and nothing is drained", async () => {
  const { draining, received, logger } = await endOf(
    new EndRequest("SIGINT"),
    { drainSeconds: 3600 },
  );
  assert.deepEqual(draining, []);
  assert.equal(received[0]?.body["draining"], false);
  assert.doesNotMatch(logger.messages("info").join("\n"), /Drain/);
});

Deno.test("a client whose drain file is there registers as draining", async () => {
  using tree = new TemporaryTree({ drain: "" });
  const drainFile = `${tree.root}/drain`;
  const { received } = await endOf(undefined, { drainFile });
  assert.equal(received[0]?.path, "/register");
  assert.equal(received[0]?.body["draining"], true);
});

Deno.test("every start of a client is another instance", async () => {
  const instances = new Set<unknown>();
  for (let i = 0; i < 2; i++) {
    const { received } = await endOf(undefined, {});
    for (const { body } of received) instances.add(body["instance"]);
  }
  assert.equal(instances.size, 2);
});
