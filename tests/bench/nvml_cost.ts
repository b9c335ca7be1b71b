/**
 * What a call of NVML costs: CPU of the whole process, threads of FFI included, in seconds with so many calls against the
 * fake less that in seconds without a call, which take turns. Calls begin together, as the collector makes them. The
 * median is what a quiet second costs; the mean has what the runtime does now and then, and what neighbours disturb.
 *
 *     deno run -A tests/bench/nvml_cost.ts [--seconds 20] [--calls 20]
 */
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openNvml } from "../../ffi/nvml.ts";
import type { Nvml } from "../../ffi/nvml_api.ts";
import { compiler, makeFakeNvml } from "../ffi/fake_nvml.ts";
import { fakeCard } from "../ffi/nvml_script.ts";

const CARDS = 8;
const WARM_UP_SECONDS = 3;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "20" },
    calls: { type: "string", default: "20" },
  },
});
if (compiler === undefined) {
  console.error("Cannot measure: there is no C compiler for the fake NVML");
  Deno.exit(1);
}
await measure(Number(values.seconds), Number(values.calls));

async function measure(seconds: number, calls: number): Promise<void> {
  using fake = makeFakeNvml(
    { devices: Array.from({ length: CARDS }, (_, index) => fakeCard(index)) },
    { isLogging: false },
  );
  const opened = openNvml({ paths: [fake.path] });
  assert.equal(opened.kind, "open");
  if (opened.kind !== "open") return;
  const { nvml } = opened;
  assert.equal((await nvml.init()).kind, "ok");
  const handles: bigint[] = [];
  for (let index = 0; index < CARDS; index++) {
    const device = await nvml.device(index);
    assert.equal(device.kind, "ok");
    if (device.kind === "ok") handles.push(device.value);
  }
  const ask = () => askAll(nvml, handles, calls);
  for (let second = 0; second < WARM_UP_SECONDS; second++) await cpuUs(ask);
  const idle: number[] = [];
  const busy: number[] = [];
  for (let second = 0; second < seconds; second++) {
    idle.push(await cpuUs(() => Promise.resolve()));
    busy.push(await cpuUs(ask));
  }
  for (const [name, middle] of [["median", median], ["mean", mean]] as const) {
    const us = middle(busy) - middle(idle);
    console.log(
      `${name}: ${calls} calls a second take ${
        (us / 10_000).toFixed(3)
      } % of a core, ${(us / calls).toFixed(1)} µs CPU per call`,
    );
  }
  nvml.close();
}

/** As every second: use and memory of each card in turn. */
async function askAll(
  nvml: Nvml,
  handles: readonly bigint[],
  calls: number,
): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const handle = handles[(call >> 1) % handles.length] ?? 0n;
    const answer = call % 2 === 0
      ? await nvml.utilization(handle)
      : await nvml.memory(handle);
    assert.equal(answer.kind, "ok");
  }
}

/** CPU of one second with the work at its beginning, microseconds. */
async function cpuUs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  await wait(1000);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
