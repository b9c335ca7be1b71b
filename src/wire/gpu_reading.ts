/** GPUs in a report, and how they are read. */
import * as z from "zod";
import type { GpuReading } from "../engine/backend.ts";
import {
  DEVICE_ID_MAX,
  ECC_ERRORS_MAX,
  GPUS_MAX,
  MEMORY_GB_MAX,
  NAME_CHARS_MAX,
  POWER_W_MAX,
  TEMPERATURE_C_MAX,
  THROTTLE_REASONS_MAX,
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
import { UNSAID_VENDOR } from "./gpu_message.ts";

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
    vendor: otherwise(text(NAME_CHARS_MAX), undefined),
    uuid: otherwise(text(NAME_CHARS_MAX), undefined),
    temperature_limit_c: otherwise(signed(TEMPERATURE_C_MAX), undefined),
    power_limit_w: otherwise(amount(POWER_W_MAX), undefined),
    throttled: otherwise(z.boolean(), undefined),
    throttle_reasons: otherwise(throttleReasons(), undefined),
    ecc_errors: otherwise(wholeNumber(ECC_ERRORS_MAX), undefined),
    compute_mode: otherwise(text(NAME_CHARS_MAX), undefined),
    is_slice: otherwise(z.boolean(), undefined),
  }).transform((gpu): GpuReading => ({
    deviceId: gpu.device_id,
    name: gpu.name,
    utilizationPct: gpu.utilization_pct,
    memoryUsedGb: Math.min(gpu.memory_used_gb, gpu.memory_total_gb),
    memoryTotalGb: gpu.memory_total_gb,
    temperatureC: gpu.temperature_c,
    powerDrawW: gpu.power_draw_w,
    vendor: gpu.vendor?.toLowerCase() || UNSAID_VENDOR,
    uuid: gpu.uuid,
    temperatureLimitC: gpu.temperature_limit_c,
    powerLimitW: gpu.power_limit_w,
    isThrottled: gpu.throttled,
    throttleReasons: gpu.throttle_reasons,
    eccErrors: gpu.ecc_errors,
    computeMode: gpu.compute_mode,
    isSlice: gpu.is_slice,
  }));
}

/** Words of the driver: a newer one may know more of them, so they are not compared with a list. */
function throttleReasons() {
  return z.array(z.unknown()).max(THROTTLE_REASONS_MAX)
    .pipe(z.array(text(NAME_CHARS_MAX)));
}
