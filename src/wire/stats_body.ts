/** `POST /stats`: the real use of a machine, read into the engine's {@link Report}. */
import * as z from "zod";
import type { Report, Room } from "../engine/backend.ts";
import {
  CORES_MAX,
  HOSTNAME_CHARS_MAX,
  MEMORY_GB_MAX,
  STORAGE_GB_MAX,
  WINDOW_SECONDS_MAX,
} from "./bounds.ts";
import {
  address,
  amount,
  clientId,
  knownAddress,
  list,
  otherwise,
  percentage,
  text,
  wholeNumber,
} from "./fields.ts";
import { gpuReadings } from "./gpu_reading.ts";
import { PLACE_FIELDS } from "./place.ts";
import {
  PRESENCE_FIELDS,
  presenceOf,
  type SaidPresence,
} from "./presence_body.ts";

/** A report and whose it is. */
export interface StatsBody {
  /** The backend's id. */
  readonly id: string;
  /** What it reports. */
  readonly report: Report;
  /** Its host's name; may be empty. */
  readonly hostname: string;
  /** Its public address, or empty when unknown. */
  readonly publicIp: string;
  /** Who speaks for it. */
  readonly presence: SaidPresence;
}

/**
 * A report. Its cores are those of `cpu_usage_avg`, also where `cpu_cores` says another number: a Go client in a
 * cpuset counts its own cores in one and the machine's in the other, and the documented rule goes by the array.
 * The timestamp must be one, but what counts is when the report arrived: clocks of machines disagree.
 */
export const statsBody = z.object({
  /** As it registered. */
  client_id: clientId(),
  /** Helps to notice two machines with one id; empty when absent. */
  hostname: otherwise(text(HOSTNAME_CHARS_MAX), ""),
  /** RFC 3339. Checked and no more: a report counts from when it arrives. */
  timestamp: timestamp(),
  /** Checked and no more: as many cores count as `cpu_usage_avg` has. */
  cpu_cores: otherwise(wholeNumber(CORES_MAX), 0),
  /** Percent of each core, mean over the window. */
  cpu_usage_avg: list(percentage(), CORES_MAX),
  /** All memory that work could get. */
  memory_total_gb: otherwise(amount(MEMORY_GB_MAX), 0),
  /** Mean over the window. More than the total counts as the total. */
  memory_used_gb: otherwise(amount(MEMORY_GB_MAX), 0),
  /** What programs can still get, caches given back. */
  memory_avail_gb: otherwise(amount(MEMORY_GB_MAX), 0),
  /** All of the disk that work is given. */
  disk_total_gb: otherwise(amount(STORAGE_GB_MAX), 0),
  /** Mean over the window. More than the total counts as the total. */
  disk_used_gb: otherwise(amount(STORAGE_GB_MAX), 0),
  /** What programs can still write. */
  disk_avail_gb: otherwise(amount(STORAGE_GB_MAX), 0),
  /** One for each device; of the numbers up to `power_draw_w` those that are absent count as 0. */
  gpus: gpuReadings,
  /** Helps to notice two machines with one id; absent for the address that the report comes from. */
  public_ip: address(),
  ...PLACE_FIELDS,
  /** How far back the means go; absent when that is not known. */
  window_seconds: otherwise(amount(WINDOW_SECONDS_MAX), undefined),
  /** How much of that has been seen; less than all after a start. */
  window_filled_seconds: otherwise(amount(WINDOW_SECONDS_MAX), undefined),
  /** The same over the last seconds. */
  short_window: shortWindow(),
  ...PRESENCE_FIELDS,
}).transform((body): StatsBody => ({
  id: body.client_id,
  hostname: body.hostname,
  publicIp: knownAddress(body.public_ip),
  presence: presenceOf(body),
  report: {
    coreUsagePct: body.cpu_usage_avg,
    memory: roomOf(
      body.memory_total_gb,
      body.memory_used_gb,
      body.memory_avail_gb,
    ),
    disk: roomOf(body.disk_total_gb, body.disk_used_gb, body.disk_avail_gb),
    gpus: body.gpus,
    windowSeconds: body.window_seconds,
    windowFilledSeconds: body.window_filled_seconds,
    shortWindow: body.short_window && {
      ...body.short_window,
      memoryUsedGb: body.short_window.memoryUsedGb ?? body.memory_used_gb,
      diskUsedGb: body.short_window.diskUsedGb ?? body.disk_used_gb,
    },
  },
}));

function shortWindow() {
  const window = z.object({
    /** How far back its means go. */
    seconds: z.number().positive().max(WINDOW_SECONDS_MAX),
    /** Percent of each core. */
    cpu_usage_avg: list(percentage(), CORES_MAX),
    /** Absent for that of the long window. */
    memory_used_gb: otherwise(amount(MEMORY_GB_MAX), undefined),
    /** Absent for that of the long window. */
    disk_used_gb: otherwise(amount(STORAGE_GB_MAX), undefined),
    /** One for each device. */
    gpus: gpuReadings,
  }).transform((window) => ({
    seconds: window.seconds,
    coreUsagePct: window.cpu_usage_avg,
    memoryUsedGb: window.memory_used_gb,
    diskUsedGb: window.disk_used_gb,
    gpus: window.gpus,
  }));
  return otherwise(window, undefined);
}

/** RFC 3339 with any fraction (Go prints nanoseconds), or nothing. */
function timestamp() {
  const error = "must be an RFC 3339 timestamp";
  const given = z.iso.datetime({ offset: true, error });
  return z.union([given, z.literal("")], { error }).nullish();
}

/**
 * A room from three numbers that can disagree: the averages cover minutes in which a machine can shrink (a balloon, a
 * cgroup limit), and caches and reserved blocks keep used + available from being the total. So both are cut to the
 * total, and nobody is promised more room than there is.
 */
function roomOf(totalGb: number, usedGb: number, availableGb: number): Room {
  return {
    totalGb,
    usedGb: Math.min(usedGb, totalGb),
    availableGb: Math.min(availableGb, totalGb),
  };
}
