/**
 * A report as a row of `stats`, both ways. The JSON inside is written as the Go server writes it, and our additions in
 * the same words.
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Recovery, Report, Room, ShortWindow } from "../engine/backend.ts";
import type { StoredReport } from "../ports.ts";
import { gpuMessage } from "../wire/gpu_message.ts";
import { gpuOf } from "./gpu_json.ts";
import { keyText } from "./key_text.ts";
import { amountOf, arrayOf, fieldsOf, parseStored } from "./stored_json.ts";
import { instantText, parseTimestamp } from "./timestamps.ts";

/** Takes the values of {@link reportValues} in their order. */
export const SAVE_REPORT = `
  INSERT INTO stats (client_id, timestamp, cpu_cores, cpu_usage_json, memory_total, memory_used, memory_avail,
    disk_total, disk_used, disk_avail, gpu_stats_json, window_seconds, window_filled_seconds, short_window_json,
    recovery_json)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * The newest reports of one backend up to an instant, newest first; takes client id, timestamp, number of rows, and
 * how many newer ones to pass by.
 * `idx_stats_client_time` holds them in this order.
 */
export const READ_NEWEST_REPORTS = `
  SELECT CAST(timestamp AS TEXT) AS at, CAST(cpu_usage_json AS TEXT) AS coreUsagePct,
    CAST(memory_total AS REAL) AS memoryTotalGb, CAST(memory_used AS REAL) AS memoryUsedGb,
    CAST(memory_avail AS REAL) AS memoryAvailableGb, CAST(disk_total AS REAL) AS diskTotalGb,
    CAST(disk_used AS REAL) AS diskUsedGb, CAST(disk_avail AS REAL) AS diskAvailableGb,
    CAST(gpu_stats_json AS TEXT) AS gpus, CAST(window_seconds AS REAL) AS windowSeconds,
    CAST(window_filled_seconds AS REAL) AS windowFilledSeconds, CAST(short_window_json AS TEXT) AS shortWindow,
    CAST(recovery_json AS TEXT) AS recovery
  FROM stats WHERE client_id = ? AND timestamp <= ? ORDER BY timestamp DESC, id DESC LIMIT ? OFFSET ?`;

/** The row of a report. Only our own columns may be NULL: the Go server can't read NULL. */
export function reportValues(stored: StoredReport): SQLInputValue[] {
  const { coreUsagePct, memory, disk, gpus, ...report } = stored.report;
  return [
    keyText("client id", stored.backendId),
    instantText(stored.atMs),
    coreUsagePct.length,
    JSON.stringify(coreUsagePct),
    memory.totalGb,
    memory.usedGb,
    memory.availableGb,
    disk.totalGb,
    disk.usedGb,
    disk.availableGb,
    JSON.stringify(gpus.map(gpuMessage)),
    report.windowSeconds ?? null,
    report.windowFilledSeconds ?? null,
    report.shortWindow === undefined
      ? null
      : JSON.stringify(shortWindowFields(report.shortWindow)),
    report.recovery === undefined ? null : JSON.stringify({
      means: report.recovery.means,
      windows_since_guess: report.recovery.windowsSinceGuess,
    }),
  ];
}

/** The report of a row of {@link READ_NEWEST_REPORTS}, or undefined when it doesn't say what is free. */
export function reportOf(
  backendId: string,
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredReport | undefined {
  const atMs = parseTimestamp(row.at);
  const coreUsagePct = arrayOf(parseStored(row.coreUsagePct), amountOf);
  const memory = roomOf(
    row.memoryTotalGb,
    row.memoryUsedGb,
    row.memoryAvailableGb,
  );
  const disk = roomOf(row.diskTotalGb, row.diskUsedGb, row.diskAvailableGb);
  if (
    atMs === undefined || coreUsagePct === undefined ||
    memory === undefined || disk === undefined
  ) return undefined;
  const gpus = arrayOf(parseStored(row.gpus), gpuOf) ?? [];
  const report: Report = {
    coreUsagePct,
    memory,
    disk,
    gpus,
    windowSeconds: amountOf(row.windowSeconds),
    windowFilledSeconds: amountOf(row.windowFilledSeconds),
    shortWindow: shortWindowOf(parseStored(row.shortWindow)),
    ...recoveryOf(parseStored(row.recovery)),
  };
  return { backendId, atMs, report };
}

function roomOf(
  total: unknown,
  used: unknown,
  available: unknown,
): Room | undefined {
  const totalGb = amountOf(total);
  const usedGb = amountOf(used);
  const availableGb = amountOf(available);
  return totalGb === undefined || usedGb === undefined ||
      availableGb === undefined
    ? undefined
    : { totalGb, usedGb, availableGb };
}

function shortWindowFields(
  window: ShortWindow,
): Readonly<Record<string, unknown>> {
  return {
    seconds: window.seconds,
    cpu_usage_avg: window.coreUsagePct,
    memory_used_gb: window.memoryUsedGb,
    disk_used_gb: window.diskUsedGb,
    gpus: window.gpus.map(gpuMessage),
  };
}

function recoveryOf(value: unknown): { readonly recovery?: Recovery } {
  const fields = fieldsOf(value);
  const means = arrayOf(fields?.means, amountOf);
  if (means === undefined) return {};
  const windowsSinceGuess = amountOf(fields?.windows_since_guess);
  return { recovery: { means, windowsSinceGuess } };
}

function shortWindowOf(value: unknown): ShortWindow | undefined {
  const fields = fieldsOf(value);
  const seconds = amountOf(fields?.seconds);
  const coreUsagePct = arrayOf(fields?.cpu_usage_avg, amountOf);
  const memoryUsedGb = amountOf(fields?.memory_used_gb);
  const diskUsedGb = amountOf(fields?.disk_used_gb);
  if (
    seconds === undefined || coreUsagePct === undefined ||
    memoryUsedGb === undefined || diskUsedGb === undefined
  ) return undefined;
  const gpus = arrayOf(fields?.gpus, gpuOf) ?? [];
  return { seconds, coreUsagePct, memoryUsedGb, diskUsedGb, gpus };
}
