/**
 * What a client sends to `POST /stats`, understood by our server and by the Go server. Without the schema library,
 * because a client has little memory to spend.
 */
import type { Registration, Report, ShortWindow } from "../engine/backend.ts";
import { type GpuMessage, gpuMessage } from "./gpu_message.ts";
import {
  type Presence,
  type PresenceMessage,
  presenceMessage,
} from "./presence.ts";

/** The JSON of a report. */
export interface StatsMessage extends PresenceMessage {
  readonly client_id: string;
  readonly hostname: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly cpu_cores: number;
  /** Percent per core. */
  readonly cpu_usage_avg: readonly number[];
  readonly memory_total_gb: number;
  readonly memory_used_gb: number;
  readonly memory_avail_gb: number;
  readonly disk_total_gb: number;
  readonly disk_used_gb: number;
  readonly disk_avail_gb: number;
  readonly gpus?: readonly GpuMessage[];
  readonly public_ip: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly country: string;
  readonly city: string;
  readonly window_seconds?: number;
  readonly window_filled_seconds?: number;
  readonly short_window?: ShortWindowMessage;
}

/** The JSON of the last seconds of a machine. */
export interface ShortWindowMessage {
  readonly seconds: number;
  readonly cpu_usage_avg: readonly number[];
  readonly memory_used_gb: number;
  readonly disk_used_gb: number;
  readonly gpus?: readonly GpuMessage[];
}

/** The report of a machine under its JSON names; `atMs` is wall-clock time in milliseconds. */
export function statsMessage(
  machine: Registration,
  report: Report,
  atMs: number,
  presence?: Presence,
): StatsMessage {
  const { memory, disk, windowSeconds, windowFilledSeconds, shortWindow } =
    report;
  const { place } = machine;
  return {
    client_id: machine.id,
    hostname: machine.hostname,
    timestamp: new Date(atMs).toISOString(),
    cpu_cores: report.coreUsagePct.length,
    cpu_usage_avg: report.coreUsagePct,
    memory_total_gb: memory.totalGb,
    memory_used_gb: memory.usedGb,
    memory_avail_gb: memory.availableGb,
    disk_total_gb: disk.totalGb,
    disk_used_gb: disk.usedGb,
    disk_avail_gb: disk.availableGb,
    ...(report.gpus.length > 0 && { gpus: report.gpus.map(gpuMessage) }),
    public_ip: machine.publicIp,
    latitude: place?.latitude ?? 0,
    longitude: place?.longitude ?? 0,
    country: place?.country ?? "",
    city: place?.city ?? "",
    ...(windowSeconds !== undefined && { window_seconds: windowSeconds }),
    ...(windowFilledSeconds !== undefined && {
      window_filled_seconds: windowFilledSeconds,
    }),
    ...(shortWindow !== undefined && {
      short_window: shortWindowMessage(shortWindow),
    }),
    ...presenceMessage(presence),
  };
}

function shortWindowMessage(window: ShortWindow): ShortWindowMessage {
  return {
    seconds: window.seconds,
    cpu_usage_avg: window.coreUsagePct,
    memory_used_gb: window.memoryUsedGb,
    disk_used_gb: window.diskUsedGb,
    ...(window.gpus.length > 0 && { gpus: window.gpus.map(gpuMessage) }),
  };
}
