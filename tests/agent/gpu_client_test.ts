import assert from "node:assert/strict";
import { NVML_ERRORS } from "../../ffi/nvml_api.ts";
import type { ClientWorld } from "../../src/client.ts";
import { fixture, TemporaryTree } from "../collect/trees.ts";
import { makeFakeNvml, nvmlTest } from "../ffi/fake_nvml.ts";
import { fakeCard, type NvmlScript } from "../ffi/nvml_script.ts";
import type { Received } from "./fake_server.ts";
import { HURRIED_CLOCK, livingProc, simulate } from "./simulation.ts";

/** Messages after which a client that does not come to the end of its scene is given up. */
const MESSAGES_MAX = 300;
const GIB = 2 ** 30;

/** What one message must say, and what happens to the machine then. */
interface Step {
  readonly until: (message: Received) => boolean;
  readonly then?: () => void;
}

/** Runs a client until one message after the other was what its step waits for; how many steps were reached. */
async function play(
  world: Partial<ClientWorld>,
  steps: readonly Step[],
  reportIntervalSeconds = 2,
) {
  using proc = new TemporaryTree();
  using _life = livingProc(proc);
  const end = new AbortController();
  let reached = 0;
  const { logger, received } = await simulate({
    messages: Infinity,
    config: { reportIntervalSeconds },
    world: { procRoot: proc.root, signal: end.signal, ...world },
    reply: (message, count) => {
      const step = steps[reached];
      if (step?.until(message)) {
        reached++;
        step.then?.();
      }
      if (reached === steps.length || count >= MESSAGES_MAX) end.abort();
      return 200;
    },
  });
  return { reached, logger, received };
}

/** A registration of that many cards. */
function registers(count: number) {
  return ({ path, body }: Received) =>
    path === "/register" && (body["total_gpus"] ?? 0) === count;
}

/** A report with cards of these ids in both of its windows. */
function reports(...ids: readonly number[]) {
  return ({ path, body }: Received) => {
    const short = body["short_window"] as Cards | undefined;
    return path === "/stats" &&
      [body as Cards, short].every((cards) => `${idsOf(cards)}` === `${ids}`);
  };
}

interface Cards {
  readonly gpus?: readonly Readonly<Record<string, unknown>>[];
}

function idsOf(cards: Cards | undefined) {
  return (cards?.gpus ?? []).map((card) => card["device_id"]);
}

/** An AMD card in a tree that looks like /sys. */
function plugIn(sys: TemporaryTree, index: number): void {
  const device = `class/drm/card${index}/device`;
  sys.write(`${device}/uevent`, `PCI_SLOT_NAME=0000:0${index + 1}:00.0\n`);
  sys.write(`${device}/device`, "0x740f\n");
  sys.write(`${device}/mem_info_vram_total`, `${64 * GIB}\n`);
  sys.write(`${device}/mem_info_vram_used`, `${8 * GIB}\n`);
  sys.write(`${device}/gpu_busy_percent`, "75\n");
  sys.write(`${device}/hwmon/hwmon1/temp1_input`, "61000\n");
  sys.write(`${device}/hwmon/hwmon1/temp1_crit`, "100000\n");
  // Last, since it makes a card of the folder.
  sys.write(`${device}/vendor`, "0x1002\n");
}

Deno.test("the cards of a machine are registered and reported; one that is pulled out is gone from both, and returns", async () => {
  using sys = new TemporaryTree();
  plugIn(sys, 0);
  plugIn(sys, 1);
  let card: Readonly<Record<string, unknown>> | undefined;
  let models: unknown;
  const { reached, logger } = await play({ sysRoot: sys.root }, [
    {
      until: (message) => {
        models = message.body["gpu_models"];
        return registers(2)(message);
      },
    },
    {
      until: (message) => {
        card = (message.body as Cards).gpus?.[0];
        return reports(0, 1)(message);
      },
      then: () => sys.remove("class/drm/card1"),
    },
    { until: registers(1) },
    { until: reports(0), then: () => plugIn(sys, 1) },
    { until: registers(2) },
    { until: reports(0, 1) },
  ]);
  assert.equal(reached, 6);
  assert.deepEqual(models, ["AMD Instinct MI210", "AMD Instinct MI210"]);
  assert.deepEqual(card, {
    device_id: 0,
    name: "AMD Instinct MI210",
    utilization_pct: 75,
    memory_used_gb: 8,
    memory_total_gb: 64,
    temperature_c: 61,
    power_draw_w: 0,
    vendor: "amd",
    uuid: "0000:01:00.0",
    temperature_limit_c: 100,
    throttled: false,
    throttle_reasons: [],
    is_slice: false,
  });
  assert.deepEqual(
    logger.messages("warn").filter((line) => /GPU/.test(line)),
    [],
  );
});

Deno.test("a machine that stood still is not taken for one that has lost its cards", async () => {
  using sys = new TemporaryTree();
  plugIn(sys, 0);
  let aheadMs = 0;
  const standStill = {
    until: reports(0),
    then: () => aheadMs += 20_000,
  };
  const { reached, received } = await play(
    {
      sysRoot: sys.root,
      clock: { ...HURRIED_CLOCK, wallMs: () => Date.now() + aheadMs },
    },
    [...Array(4).fill(standStill), { until: reports(0) }],
    0.5,
  );
  assert.equal(reached, 5);
  const isBare = (message: Received) =>
    registers(0)(message) || reports()(message);
  assert.deepEqual(received.filter(isBare), []);
});

nvmlTest(
  "NVIDIA cards are registered and reported; one falls off the bus, the driver is upgraded under the client, and all return",
  async () => {
    const healthy: NvmlScript = { devices: [fakeCard(0), fakeCard(1)] };
    const upgraded = { of: "*", code: NVML_ERRORS.LIB_RM_VERSION_MISMATCH };
    using fake = makeFakeNvml(healthy);
    const { reached, logger } = await play({
      sysRoot: fixture("sys_none"),
      nvmlPaths: [fake.path],
    }, [
      { until: registers(2) },
      {
        until: reports(0, 1),
        then: () => fake.write({ ...healthy, lost: [1] }),
      },
      { until: registers(1) },
      {
        until: reports(0),
        then: () => fake.write({ ...healthy, returns: [upgraded] }),
      },
      { until: registers(0) },
      { until: reports(), then: () => fake.write(healthy) },
      { until: registers(2) },
      { until: reports(0, 1) },
    ]);
    assert.equal(reached, 8);
    assert.match(
      logger.messages("warn").join("\n"),
      /No reading of the NVIDIA GPUs: .*upgraded/,
    );
  },
);
