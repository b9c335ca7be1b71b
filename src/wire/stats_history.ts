/** What a backend reported over time, as `GET /_opsen/stats/{client_id}` answers it: columns that a chart takes as they are. */
import * as z from "zod";

/** A column: one value for each instant, null where nothing was reported. */
const column = z.array(z.number().nullable());

/** The answer. Instants are whole seconds since 1970-01-01 UTC, ascending; every column is as long as `at`. */
export const statsHistory = z.object({
  client_id: z.string(),
  /** The span that was asked for, RFC 3339. */
  from: z.string(),
  to: z.string(),
  /** Seconds that one value stands for: the mean of the reports of that time. */
  step_seconds: z.number(),
  at: z.array(z.number()),
  /** Mean of the cores, percent. */
  cpu_pct: column,
  /** The busiest core, percent. */
  cpu_max_pct: column,
  memory_used_gb: column,
  memory_total_gb: column,
  disk_used_gb: column,
  disk_total_gb: column,
  gpus: z.array(z.object({
    device_id: z.number(),
    name: z.string(),
    utilization_pct: column,
    memory_used_gb: column,
    memory_total_gb: column,
    temperature_c: column,
  })),
});

/** The JSON of the answer. */
export type StatsHistory = z.output<typeof statsHistory>;
