/** The sampler beside a driver that hangs, through the very FFI that a real one is called by. */
import assert from "node:assert/strict";
import { CALL_DEADLINE_MS, openNvml } from "../../ffi/nvml.ts";
import { HANG_MS as HANG_READING_MS } from "../../src/agent/guard.ts";
import { Sampler } from "../../src/agent/sampler.ts";
import { sleep } from "../../src/agent/sleep.ts";
import { openMachine } from "../../src/collect/machine.ts";
import { fixture } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { makeFakeNvml, nvmlTest } from "../ffi/fake_nvml.ts";
import { fakeCard } from "../ffi/nvml_script.ts";
import { until } from "../store/until.ts";

/** How much faster than the world's the sampler's time goes, so that five seconds hold fifty samples. */
const HASTE = 10;
const SAMPLE_MS = 1000 / HASTE;
const HANG_MS = 5000;
/** What the hang may add to the lateness of samples. */
const DELAY_MS_MAX = 50;

const clock = {
  monotonicMs: () => performance.now() * HASTE,
  wallMs: () => Date.now(),
};

/** Ticks as often as the sampler samples, on a thread of its own, and says how late each tick was. */
const METRONOME = `
  const late = [];
  let due = performance.now() + ${SAMPLE_MS};
  function tick() {
    late.push(performance.now() - due);
    due += ${SAMPLE_MS} * Math.max(1, Math.ceil(late.at(-1) / ${SAMPLE_MS}));
    setTimeout(tick, due - performance.now());
  }
  setTimeout(tick, ${SAMPLE_MS});
  self.onmessage = () => self.postMessage(late);
`;

Deno.test("a call into the driver is given up before the reading is, so that the log hears of it once", () => {
  assert.ok(CALL_DEADLINE_MS <= 0.75 * HANG_READING_MS);
});

nvmlTest(
  "a call into the driver that hangs for five seconds keeps no CPU sample waiting, and its cards are not there meanwhile",
  async () => {
    const healthy = { devices: [fakeCard(0), fakeCard(1)] };
    using fake = makeFakeNvml(healthy);
    const logger = new FakeLogger();
    using machine = openMachine({
      procRoot: "/proc",
      sysRoot: fixture("sys_none"),
      etcRoot: fixture("etc_none"),
      diskPath: "/",
      now: clock.monotonicMs,
      os: "linux",
      nvidia: {
        open: () => openNvml({ paths: [fake.path] }),
        random: new FixedRandom(0.5),
        logger,
      },
    });
    const instants: number[] = [];
    const cpu = {
      collect() {
        instants.push(performance.now());
        return machine.cpu.collect();
      },
    };
    const sampler = new Sampler({
      machine: { ...machine, cpu },
      windowSeconds: 60,
      clock,
      sleep: (waitMs, signal) => sleep(waitMs / HASTE, signal),
      logger,
    });
    const cards = () => sampler.windows.gpus.readings(60).length;
    const end = new AbortController();
    await sampler.start(end.signal);
    const running = sampler.run(end.signal);
    await until("the cards", () => cards() === 2);

    fake.write({
      ...healthy,
      hangs: [{ of: "nvmlDeviceGetMemoryInfo", ms: HANG_MS }],
    });
    await until("that they are gone", () => cards() === 0);
    instants.length = 0;
    const ticks = await lateTicks(HANG_MS * 0.8);
    assert.equal(cards(), 0);
    const samples = latenesses(instants);

    fake.write(healthy);
    await until("that they are back", () => cards() === 2);
    end.abort();
    await running;

    const late = [quantile(samples, 0.9), quantile(ticks, 0.9)] as const;
    assert.ok(
      late[0] <= late[1] + DELAY_MS_MAX,
      `${late[0]} ms late, a clock beside it ${late[1]} ms`,
    );
    assert.ok(samples.length > ticks.length / 2, `${samples.length} samples`);
    assert.match(
      logger.messages("warn").join("\n"),
      /No reading of the NVIDIA GPUs/,
    );
  },
);

async function lateTicks(forMs: number): Promise<readonly number[]> {
  const url = URL.createObjectURL(
    new Blob([METRONOME], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { type: "module" });
  await new Promise((resolve) => setTimeout(resolve, forMs));
  const late = await new Promise<readonly number[]>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(undefined);
  });
  worker.terminate();
  URL.revokeObjectURL(url);
  return late;
}

/** Samples lie on a grid, so what one is too late the next may make up for. */
function latenesses(instants: readonly number[]): readonly number[] {
  return instants.slice(1).map((at, i) =>
    Math.max(0, at - (instants[i] ?? at) - SAMPLE_MS)
  );
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Infinity;
}
