/**
 * One GPU under its JSON names: in reports, in the views of a backend, and in the database. Without the schema library,
 * because a client has little memory to spend.
 */
import type { GpuReading } from "../engine/backend.ts";

/** The maker of a card whose reading names none: those are the Go program's, which reads NVIDIA's library alone. */
export const UNSAID_VENDOR = "nvidia";

/** The JSON of one GPU. What is not known is not there: JSON has no word for undefined. */
export interface GpuMessage {
  /** Its number on the machine, by which it is booked; slices of NVIDIA's MIG count from 1000. */
  readonly device_id: number;
  /** Model name. */
  readonly name: string;
  /** Mean use, 0 to 100 percent. */
  readonly utilization_pct: number;
  /** VRAM in use, mean. */
  readonly memory_used_gb: number;
  /** All of its VRAM. */
  readonly memory_total_gb: number;
  /** Degrees Celsius; 0 when not known. */
  readonly temperature_c: number;
  /** Watts; 0 when not known. */
  readonly power_draw_w: number;
  /** Who made it: `nvidia`, `amd`, `intel`; NVIDIA's when a report does not say. */
  readonly vendor?: string | undefined;
  /** What the driver calls this very device: NVIDIA's UUID, AMD's unique id, or its PCI address; absent when not known. */
  readonly uuid?: string | undefined;
  /** Degrees Celsius at which it slows itself down; absent when not known. */
  readonly temperature_limit_c?: number | undefined;
  /** Watts that it may draw; absent when not known. */
  readonly power_limit_w?: number | undefined;
  /** Whether heat or a lack of power slowed it within the last minute; absent when not known. */
  readonly throttled?: boolean | undefined;
  /** What holds its clocks down, in the driver's words such as `power_cap`; for people. */
  readonly throttle_reasons?: readonly string[] | undefined;
  /** Memory errors that could not be corrected, since its driver was loaded; absent when not known. */
  readonly ecc_errors?: number | undefined;
  /** Who may compute on it: `default`, `exclusive_thread`, `exclusive_process`, `prohibited`; absent when not known. */
  readonly compute_mode?: string | undefined;
  /** Whether it is a slice of a card (NVIDIA's MIG). */
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
