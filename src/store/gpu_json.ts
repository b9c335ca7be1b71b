/** Reads GPU readings back from JSON in a column; they were written in the wire's words, as the Go server does. */
import type { GpuReading } from "../engine/backend.ts";
import { UNSAID_VENDOR } from "../wire/gpu_message.ts";
import {
  amountOf,
  arrayOf,
  fieldsOf,
  flagOf,
  numberOf,
  textOf,
} from "./stored_json.ts";

/**
 * The reading of a JSON value. Without its number and its memory a card can't be booked; the rest may be absent. Its
 * limits and whether it is throttled come back too: a restart of the server makes no hot card cooler.
 */
export function gpuOf(value: unknown): GpuReading | undefined {
  const fields = fieldsOf(value);
  const deviceId = amountOf(fields?.device_id);
  const memoryUsedGb = amountOf(fields?.memory_used_gb);
  const memoryTotalGb = amountOf(fields?.memory_total_gb);
  if (
    deviceId === undefined || memoryUsedGb === undefined ||
    memoryTotalGb === undefined
  ) return undefined;
  return {
    deviceId,
    name: textOf(fields?.name) ?? "",
    utilizationPct: amountOf(fields?.utilization_pct) ?? 0,
    memoryUsedGb,
    memoryTotalGb,
    temperatureC: numberOf(fields?.temperature_c) ?? 0,
    powerDrawW: amountOf(fields?.power_draw_w) ?? 0,
    vendor: textOf(fields?.vendor) || UNSAID_VENDOR,
    uuid: textOf(fields?.uuid),
    temperatureLimitC: numberOf(fields?.temperature_limit_c),
    powerLimitW: amountOf(fields?.power_limit_w),
    isThrottled: flagOf(fields?.throttled),
    throttleReasons: arrayOf(fields?.throttle_reasons, textOf),
    eccErrors: amountOf(fields?.ecc_errors),
    computeMode: textOf(fields?.compute_mode),
    isSlice: flagOf(fields?.is_slice),
  };
}
