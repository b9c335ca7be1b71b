/**
 * Walks through the stored reports of one backend in small pieces with other work between them: a week of them takes
 * long enough to hold up everybody's requests. Bound: {@link ROWS_PER_PIECE} rows at a time.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { PastReport } from "../engine/report_steps.ts";
import type { ReportSpan } from "../ports.ts";
import type { Database } from "./database.ts";
import { gpuOf } from "./gpu_json.ts";
import { amountOf, arrayOf, parseStored, textOf } from "./stored_json.ts";
import { instantText, parseTimestamp } from "./timestamps.ts";

/** Rows that are read at once: one to two milliseconds for a machine of 64 cores and 8 GPUs. */
export const ROWS_PER_PIECE = 25;

/** Takes client id, the timestamp before the first, the last one, number of rows. */
const READ_SPAN = `
  SELECT CAST(timestamp AS TEXT) AS at, CAST(cpu_usage_json AS TEXT) AS coreUsagePct,
    CAST(memory_total AS REAL) AS memoryTotalGb, CAST(memory_used AS REAL) AS memoryUsedGb,
    CAST(disk_total AS REAL) AS diskTotalGb, CAST(disk_used AS REAL) AS diskUsedGb,
    CAST(gpu_stats_json AS TEXT) AS gpus
  FROM stats WHERE client_id = ? AND timestamp > ? AND timestamp <= ? ORDER BY timestamp LIMIT ?`;

/** What a walk is made with. */
export interface WalkParts {
  /** What a read says; undefined when the database can't be read now, or nobody waits any more. */
  readonly ask: <Result>(
    read: (database: Database) => Result,
  ) => Result | undefined;
  /** Settles when other work had its chance. */
  readonly pause: () => Promise<void>;
}

/** Calls `take` with each report of the span, oldest first; false when the database can't be read (any more). */
export async function walkReports(
  { ask, pause }: WalkParts,
  { backendId, fromMs, toMs }: ReportSpan,
  take: (atMs: number, report: PastReport) => void,
): Promise<boolean> {
  const to = instantText(toMs);
  let after: string | undefined = instantText(fromMs);
  while (after !== undefined) {
    const piece = ask(({ connection }) =>
      readPiece(connection, backendId, after ?? "", to)
    );
    if (piece === undefined) return false;
    for (const row of piece.rows) {
      const atMs = parseTimestamp(row.at);
      const report = pastReportOf(row);
      if (atMs !== undefined && report !== undefined) take(atMs, report);
    }
    after = piece.next;
    if (after !== undefined) await pause();
  }
  return true;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** Reports of one instant stay together, because the next piece begins after it; a piece of nothing else is cut. */
function readPiece(
  connection: DatabaseSync,
  backendId: string,
  after: string,
  to: string,
): { readonly rows: readonly Row[]; readonly next: string | undefined } {
  const rows = connection.prepare(READ_SPAN)
    .all(backendId, after, to, ROWS_PER_PIECE);
  const last = textOf(rows.at(-1)?.at);
  if (rows.length < ROWS_PER_PIECE || last === undefined) {
    return { rows, next: undefined };
  }
  const whole = rows.filter(({ at }) => at !== last);
  const next = textOf(whole.at(-1)?.at);
  return next === undefined ? { rows, next: last } : { rows: whole, next };
}

/** What is needed of a row; undefined when it says nothing of the cores or of the room. */
function pastReportOf(row: Row): PastReport | undefined {
  const coreUsagePct = arrayOf(parseStored(row.coreUsagePct), amountOf);
  const memory = roomOf(row.memoryTotalGb, row.memoryUsedGb);
  const disk = roomOf(row.diskTotalGb, row.diskUsedGb);
  if (
    coreUsagePct === undefined || memory === undefined || disk === undefined
  ) return undefined;
  const gpus = arrayOf(parseStored(row.gpus), gpuOf) ?? [];
  return { coreUsagePct, memory, disk, gpus };
}

function roomOf(
  total: unknown,
  used: unknown,
): PastReport["memory"] | undefined {
  const totalGb = amountOf(total);
  const usedGb = amountOf(used);
  return totalGb === undefined || usedGb === undefined
    ? undefined
    : { totalGb, usedGb };
}
