/**
 * Trees made after published dumps of real machines. The numbers of sys_amd_discrete (Radeon RX 7900 XTX, with the limits
 * at which it switches itself off from LACT's issue 563), sys_amd_integrated (Phoenix), sys_intel_xe (Arc B580),
 * sys_intel_i915 (Arc A380) and sys_intel_integrated (Comet Lake) are those of the test data that users sent to the
 * project LACT (github.com/ilya-zlobintsev/LACT, lact-daemon/src/tests, MIT). The ids of the cards in sys_amd_server
 * (two Instinct MI210) are those of ROCm's issue 1886, its product name that of wandb's pull request 5449, and the form
 * of its count of errors that of Documentation/gpu/amdgpu/ras.rst. Which files a driver has: its documentation in the
 * kernel. No dump has, and so made up after the documented forms are: power and used memory of the MI210s, the VRAM of
 * the RX 7900 XTX, the idle counters of A380 and Comet Lake, the second counter and the power limit of the B580, and all
 * files about throttling.
 */
import assert from "node:assert/strict";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { SysfsGpuCollector } from "../../src/collect/sysfs_gpu.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { valueOf } from "./readings.ts";
import { fixture } from "./trees.ts";

/** What every card of these trees has. */
const COMMON = {
  deviceId: 0,
  usedPct: undefined,
  temperatureC: undefined,
  temperatureLimitC: undefined,
  powerW: undefined,
  powerLimitW: undefined,
  isThrottled: false,
  throttleReasons: [],
  eccErrors: undefined,
  computeMode: undefined,
  isSlice: false,
};

function read(tree: string): readonly GpuSample[] {
  using files = new TextFiles();
  const sysRoot = fixture(tree);
  return valueOf(
    new SysfsGpuCollector({ files, sysRoot, now: () => 0 }).collect(),
  );
}

Deno.test("an AMD card tells the thermometer that is nearest to its limit, and neither connectors nor render nodes are cards", () => {
  assert.deepEqual(read("sys_amd_discrete"), [{
    ...COMMON,
    vendor: "amd",
    name: "AMD Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M",
    uuid: "0000:03:00.0",
    usedPct: 3,
    memoryUsedBytes: 1_889_533_952,
    memoryTotalBytes: 25_753_026_560,
    temperatureC: 68,
    temperatureLimitC: 108,
    powerW: 68,
    powerLimitW: 290,
  }]);
});

Deno.test("the cards of an AMD server are numbered by their PCI addresses, not by the order in which they were found", () => {
  const card = {
    ...COMMON,
    vendor: "amd",
    usedPct: 0,
    memoryUsedBytes: 10_850_304,
    memoryTotalBytes: 68_702_699_520,
    powerW: 39,
    powerLimitW: 300,
  };
  assert.deepEqual(read("sys_amd_server"), [{
    ...card,
    deviceId: 0,
    name: "AMD INSTINCT MI200 (MCM) OAM LC MBA HPE C2",
    uuid: "4c3f9530d9c4ca56",
    eccErrors: 2,
  }, {
    ...card,
    deviceId: 1,
    name: "AMD Instinct MI210",
    uuid: "21e4cb94e63377ab",
    eccErrors: 0,
  }]);
});

Deno.test("a GPU in an AMD processor has the memory that is set apart for it, and no limits", () => {
  assert.deepEqual(read("sys_amd_integrated"), [{
    ...COMMON,
    vendor: "amd",
    name: "AMD GPU 0x15bf",
    uuid: "0000:64:00.0",
    usedPct: 0,
    memoryUsedBytes: 1_272_893_440,
    memoryTotalBytes: 4_294_967_296,
    temperatureC: 25,
    powerW: 3.103,
  }]);
});

Deno.test("an Intel card under xe tells no memory, and no use and power before the second reading", () => {
  assert.deepEqual(read("sys_intel_xe"), [{
    ...COMMON,
    vendor: "intel",
    name: "Intel Arc B580",
    uuid: "0000:03:00.0",
    memoryUsedBytes: 0,
    memoryTotalBytes: 0,
    temperatureC: 55,
    temperatureLimitC: 125,
    powerLimitW: 190,
  }]);
});

Deno.test("an Intel card under i915 is read the same way", () => {
  assert.deepEqual(read("sys_intel_i915"), [{
    ...COMMON,
    vendor: "intel",
    name: "Intel Arc A380",
    uuid: "0000:0b:00.0",
    memoryUsedBytes: 0,
    memoryTotalBytes: 0,
    temperatureC: 55,
    powerLimitW: 55,
  }]);
});

Deno.test("a GPU in an Intel processor is a GPU of which little is told", () => {
  assert.deepEqual(read("sys_intel_integrated"), [{
    ...COMMON,
    vendor: "intel",
    name: "Intel GPU 0x9b41",
    uuid: "0000:00:02.0",
    memoryUsedBytes: 0,
    memoryTotalBytes: 0,
  }]);
});
