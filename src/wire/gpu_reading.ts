/** GPUs in a report, and how they are read. */
import * as z from "zod";
import type { GpuReading } from "../engine/backend.ts";
import {
  GPUS_MAX,
  MEMORY_GB_MAX,
  NAME_CHARS_MAX,
  POWER_W_MAX,
  TEMPERATURE_C_MAX,
} from "./bounds.ts";
import {
  amount,
  list,
  otherwise,
  percentage,
  signed,
  text,
  wholeNumber,
} from "./fields.ts";

/** Device indices run from 0; the bound leaves room for those that count MIG slices. */
const DEVICE_ID_MAX = 65_535;

/** The GPUs of a machine. Two readings of one device are refused: which of them holds can't be known. */
export const gpuReadings = list(gpuReading(), GPUS_MAX).check(
  ({ value, issues }) => {
    const seen = new Set<number>();
    for (const [index, { deviceId }] of value.entries()) {
      if (seen.has(deviceId)) {
        issues.push({
          code: "custom",
          path: [index, "device_id"],
          input: value,
          message: "must not occur twice",
        });
      }
      seen.add(deviceId);
    }
  },
);

function gpuReading() {
  return z.object({
    device_id: otherwise(wholeNumber(DEVICE_ID_MAX), 0),
    name: otherwise(text(NAME_CHARS_MAX), ""),
    utilization_pct: otherwise(percentage(), 0),
    memory_used_gb: otherwise(amount(MEMORY_GB_MAX), 0),
    memory_total_gb: otherwise(amount(MEMORY_GB_MAX), 0),
    temperature_c: otherwise(signed(TEMPERATURE_C_MAX), 0),
    power_draw_w: otherwise(amount(POWER_W_MAX), 0),
  }).transform((gpu): GpuReading => ({
    deviceId: gpu.device_id,
    name: gpu.name,
    utilizationPct: gpu.utilization_pct,
    memoryUsedGb: Math.min(gpu.memory_used_gb, gpu.memory_total_gb),
    memoryTotalGb: gpu.memory_total_gb,
    temperatureC: gpu.temperature_c,
    powerDrawW: gpu.power_draw_w,
  }));
}
