/** Reads GPU readings back from JSON in a column; they were written in the wire's words, as the Go server does. */
import type { GpuReading } from "../engine/backend.ts";
import { amountOf, fieldsOf, numberOf, textOf } from "./stored_json.ts";

/** The reading of a JSON value. Without its number and its memory a card can't be booked; the rest may be absent. */
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
  };
}
