/** A client of a simulated machine, whose time goes faster than the world's, and the server that it speaks to. */
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

/** The clock of the client. */
export const HURRIED_CLOCK: Clock = {
  monotonicMs: () => performance.now() * HASTE,
  wallMs: () => Date.now(),
};
const GIB = 2 ** 30;

/** Runs a client of a simulated machine until the server has had so many messages. */
export async function simulate(scene: {
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
export function livingProc(tree: TemporaryTree): Disposable {
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
