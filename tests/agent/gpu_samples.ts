/** Samples of GPUs in tests. */
import type { GpuSample } from "../../src/collect/gpu_sample.ts";

/** A card with 16 GB of which 4 are in use; fields can be replaced. */
export function gpuSample(changes: Partial<GpuSample> = {}): GpuSample {
  const { deviceId = 0 } = changes;
  return {
    deviceId,
    vendor: "nvidia",
    name: "L4",
    uuid: `GPU-${deviceId}`,
    usedPct: 50,
    memoryUsedBytes: 4 * 2 ** 30,
    memoryTotalBytes: 16 * 2 ** 30,
    temperatureC: 60,
    temperatureLimitC: 90,
    powerW: 40,
    powerLimitW: 72,
    isThrottled: false,
    throttleReasons: [],
    eccErrors: 0,
    computeMode: "default",
    isSlice: false,
    ...changes,
  };
}
