/**
 * One GPU under its JSON names: in reports, in the views of a backend, and in the database. Without the schema library,
 * because a client has little memory to spend.
 */
import type { GpuReading } from "../engine/backend.ts";

/** The maker of a card whose reading names none: those are the Go program's, which reads NVIDIA's library alone. */
export const UNSAID_VENDOR = "nvidia";

/** The JSON of one GPU. What is not known is not there: JSON has no word for undefined. */
export interface GpuMessage {
  readonly device_id: number;
  readonly name: string;
  /** 0 to 100. */
  readonly utilization_pct: number;
  readonly memory_used_gb: number;
  readonly memory_total_gb: number;
  /** Degrees Celsius. */
  readonly temperature_c: number;
  /** Watts. */
  readonly power_draw_w: number;
  readonly vendor?: string | undefined;
  readonly uuid?: string | undefined;
  /** Degrees Celsius. */
  readonly temperature_limit_c?: number | undefined;
  /** Watts. */
  readonly power_limit_w?: number | undefined;
  readonly throttled?: boolean | undefined;
  readonly throttle_reasons?: readonly string[] | undefined;
  readonly ecc_errors?: number | undefined;
  readonly compute_mode?: string | undefined;
  readonly is_slice?: boolean | undefined;
}

/** The reading under its JSON names. */
export function gpuMessage(gpu: GpuReading): GpuMessage {
  return {
    device_id: gpu.deviceId,
    name: gpu.name,
    utilization_pct: gpu.utilizationPct,
    memory_used_gb: gpu.memoryUsedGb,
    memory_total_gb: gpu.memoryTotalGb,
    temperature_c: gpu.temperatureC,
    power_draw_w: gpu.powerDrawW,
    vendor: gpu.vendor,
    uuid: gpu.uuid,
    temperature_limit_c: gpu.temperatureLimitC,
    power_limit_w: gpu.powerLimitW,
    throttled: gpu.isThrottled,
    throttle_reasons: gpu.throttleReasons,
    ecc_errors: gpu.eccErrors,
    compute_mode: gpu.computeMode,
    is_slice: gpu.isSlice,
  };
}
