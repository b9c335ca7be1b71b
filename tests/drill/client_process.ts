/**
 * `opsen client` on a simulated machine, so that the load of the machine that the drill runs on decides nothing:
 * `client_process.ts FOLDER KEY=VALUE...`, with the keys of client.yml. It is the program's own client; only /proc,
 * /sys and the disk are others.
 */
import { Machine } from "../../src/cli/demo/machine.ts";
import { runClient } from "../../src/client.ts";
import { loadClientConfig } from "../../src/config/load_client_config.ts";
import {
  systemClock,
  systemRandom,
  untilEndSignal,
} from "../../src/lifecycle.ts";
import { createLogger } from "../../src/log/create_logger.ts";

const TICK_MS = 500;
const BLOCK_BYTES = 4096;
const BYTES_PER_GB = 2 ** 30;
/** Room for every session that a drill opens, also when one machine is out, so that no refusal is for want of it. */
const SHAPE = {
  cores: 64,
  memoryGb: 512,
  diskGb: 10_000,
  ownLoadPct: 5,
  ownDiskShare: 0.1,
  ownMemoryShare: 0.1,
};

if (import.meta.main) {
  const [folder = "", ...settings] = Deno.args;
  Deno.exit(await run(folder, settings));
}

async function run(
  folder: string,
  settings: readonly string[],
): Promise<number> {
  const flags = settings.map((setting) => {
    const [path = "", ...value] = setting.split("=");
    return { path, flag: path, value: value.join("=") };
  });
  const loaded = await loadClientConfig({
    flags,
    env: () => undefined,
    readFile: () => ({ kind: "unreadable", found: "no file is read" }),
  });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.join("; "));
  const machine = new Machine(
    { name: loaded.config.clientId, ...SHAPE },
    folder,
    systemRandom.next,
  );
  setInterval(() => machine.tick(TICK_MS), TICK_MS);
  await using logger = createLogger({ level: "info" });
  using end = untilEndSignal(logger);
  return await runClient(loaded.config, {
    procRoot: machine.procRoot,
    sysRoot: machine.sysRoot,
    statfs: () => ({
      bsize: BLOCK_BYTES,
      blocks: blocksOf(machine.disk.totalGb),
      bavail: blocksOf(machine.disk.availableGb),
    }),
    clock: systemClock,
    random: systemRandom,
    logger,
    signal: end.signal,
    environment: () => undefined,
  });
}

function blocksOf(gb: number): number {
  return Math.round(gb * BYTES_PER_GB / BLOCK_BYTES);
}
