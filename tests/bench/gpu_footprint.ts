/**
 * What reading NVIDIA GPUs costs a client: CPU time of a process that samples its machine once a second with eight fake
 * GPUs, through the real way into a library, less that of one beside it that samples the same without them. User and
 * system time of all threads count. Needs a C compiler. Exits 1 when the bound is missed.
 *
 *     deno run -A tests/bench/gpu_footprint.ts [--seconds 60] [--json]
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { openNvml } from "../../ffi/nvml.ts";
import { Sampler } from "../../src/agent/sampler.ts";
import { sleep } from "../../src/agent/sleep.ts";
import { type GpuSource, openMachine } from "../../src/collect/machine.ts";
import { NvidiaCollector } from "../../src/collect/nvidia.ts";
import { systemRandom } from "../../src/lifecycle.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { makeFakeNvml } from "../ffi/fake_nvml.ts";
import { fakeCard } from "../ffi/nvml_script.ts";
import { fileURLToPath } from "node:url";
import { HastyTime } from "./hasty_time.ts";

const GPUS = 8;
const WINDOW_SECONDS = 600;
/** After the haste of the warm-up the runtime collects its garbage in the background for a while, milliseconds. */
const SETTLE_MS = 45_000;
/** Percent of a core. */
const BOUND_PCT = 0.1;

/** What one process says when it is done. */
interface Measured {
  /** Percent of a core. */
  readonly cpuPct: number;
  /** GPUs in its last reading. */
  readonly gpus: number;
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
    sample: { type: "string" },
  },
});
const seconds = Number(values.seconds);
if (values.sample === undefined) Deno.exit(await compare());
console.log(JSON.stringify(await sampled(values.sample)));
Deno.exit(0);

/** Two processes in the same minute, so that both have the same neighbours. */
async function compare(): Promise<number> {
  const devices = Array.from({ length: GPUS }, (_, index) => fakeCard(index));
  using fake = makeFakeNvml({ devices }, { isLogging: false });
  console.error(`measuring for ${seconds} s, after a warm-up of a minute`);
  const [bare, full] = await Promise.all([run(""), run(fake.path)]);
  if (full.gpus !== GPUS) {
    throw new Error(`Cannot read the fake GPUs: ${full.gpus} of ${GPUS}`);
  }
  const costPct = full.cpuPct - bare.cpuPct;
  if (values.json) {
    console.log(JSON.stringify({ bare, full, costPct, boundPct: BOUND_PCT }));
  } else {
    const verdict = costPct <= BOUND_PCT ? "ok" : "MISSED";
    console.log(`without GPUs  ${bare.cpuPct.toFixed(3)} % of a core`);
    console.log(`with ${GPUS} GPUs   ${full.cpuPct.toFixed(3)} % of a core`);
    console.log(
      `difference    ${
        costPct.toFixed(3)
      } % of a core (bound ${BOUND_PCT}) ${verdict}`,
    );
  }
  return costPct <= BOUND_PCT ? 0 : 1;
}

/** `path` is the library, or empty for none. */
async function run(path: string): Promise<Measured> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", fileURLToPath(import.meta.url)],
      ...["--seconds", values.seconds, `--sample=${path}`],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot measure: the sampling process failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function sampled(path: string): Promise<Measured> {
  using stack = new DisposableStack();
  const logger = new FakeLogger();
  const gpus: GpuSource[] = [];
  const time = new HastyTime();
  if (path !== "") {
    const collector = stack.use(
      new NvidiaCollector({
        open: () => openNvml({ paths: [path] }),
        isExpected: true,
        now: () => time.monotonicMs(),
        random: systemRandom,
        logger,
      }),
    );
    gpus.push({ name: "NVIDIA GPUs", collector });
  }
  const machine = stack.use(openMachine({
    procRoot: "/proc",
    sysRoot: "/sys",
    etcRoot: "/etc",
    diskPath: "/",
    now: () => time.monotonicMs(),
    os: Deno.build.os,
  }));
  const sampler = new Sampler({
    machine: { ...machine, gpus },
    windowSeconds: WINDOW_SECONDS,
    clock: time,
    sleep: (ms, signal) => time.sleep(ms, signal),
    logger,
  });
  const stop = new AbortController();
  await sampler.start(stop.signal);
  const running = sampler.run(stop.signal);
  await time.warmedUp;
  await sleep(SETTLE_MS, stop.signal);
  const before = process.cpuUsage();
  const startMs = performance.now();
  await sleep(seconds * 1000, stop.signal);
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startMs;
  const last = await gpus[0]?.collector.collect();
  stop.abort();
  await running;
  return {
    cpuPct: 100 * (user + system) / 1000 / elapsedMs,
    gpus: last?.kind === "present" ? last.value.length : 0,
  };
}
