/** What a backend reported over time, as `GET /_opsen/stats/{client_id}` answers it: columns that a chart takes as they are. */
import * as z from "zod";
import type { Column, Steps } from "../engine/report_steps.ts";

/** A column: one value for each instant, null where nothing was reported. */
const column = z.array(z.number().nullable());

/** The answer. Instants are whole seconds since 1970-01-01 UTC, ascending; every column is as long as `at`. */
export const statsHistory = z.object({
  /** The machine. */
  client_id: z.string(),
  /** Where the span begins that was asked for, RFC 3339 in UTC. */
  from: z.string(),
  /** Where it ends, which is when this was answered. */
  to: z.string(),
  /** Seconds that one value stands for: the mean of the reports of that time. */
  step_seconds: z.number(),
  /** Where each step begins, whole seconds since 1970-01-01 UTC; every column is as long and has null where nothing came. */
  at: z.array(z.number()),
  /** Mean of the cores, percent. */
  cpu_pct: column,
  /** The busiest core, percent. */
  cpu_max_pct: column,
  /** Memory in use. */
  memory_used_gb: column,
  /** All memory. */
  memory_total_gb: column,
  /** Disk in use. */
  disk_used_gb: column,
  /** All of the disk. */
  disk_total_gb: column,
  /** One for each device that was reported in the span, by their ids. */
  gpus: z.array(z.object({
    /** Its number on the machine. */
    device_id: z.number(),
    /** Model name, as last reported. */
    name: z.string(),
    /** Use, percent. */
    utilization_pct: column,
    /** VRAM in use. */
    memory_used_gb: column,
    /** All of its VRAM. */
    memory_total_gb: column,
    /** Degrees Celsius. */
    temperature_c: column,
  })),
});

/** The JSON of the answer. */
export type StatsHistory = z.output<typeof statsHistory>;

/** The steps of a span under their JSON names. */
export function statsHistoryOf(
  { backendId, fromMs, toMs }: {
    readonly backendId: string;
    readonly fromMs: number;
    readonly toMs: number;
  },
  steps: Steps,
): StatsHistory {
  const columnOf = (column: Column) => [...column];
  return {
    client_id: backendId,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    step_seconds: steps.stepSeconds,
    at: [...steps.at],
    cpu_pct: columnOf(steps.cpuPct),
    cpu_max_pct: columnOf(steps.cpuMaxPct),
    memory_used_gb: columnOf(steps.memoryUsedGb),
    memory_total_gb: columnOf(steps.memoryTotalGb),
    disk_used_gb: columnOf(steps.diskUsedGb),
    disk_total_gb: columnOf(steps.diskTotalGb),
    gpus: steps.gpus.map((gpu) => ({
      device_id: gpu.deviceId,
      name: gpu.name,
      utilization_pct: columnOf(gpu.utilizationPct),
      memory_used_gb: columnOf(gpu.memoryUsedGb),
      memory_total_gb: columnOf(gpu.memoryTotalGb),
      temperature_c: columnOf(gpu.temperatureC),
    })),
  };
}
