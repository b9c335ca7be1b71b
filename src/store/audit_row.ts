/** A line of the audit trail as a row of `audit`, both ways, and the questions that are asked of them. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { AuditEntry, AuditQuery } from "../trust_ports.ts";
import { instantOf, instantOr } from "./lease_row.ts";
import { numberOf, textOf } from "./stored_json.ts";

/** Characters of one field that are kept: the longest id or name there can be, twice. What is longer was made up. */
export const AUDIT_TEXT_CHARS_MAX = 256;

/** Takes the values of {@link auditValues} in their order. */
export const SAVE_AUDIT =
  "INSERT INTO audit (at_ms, actor, action, target, caller, request_id, result) VALUES (?, ?, ?, ?, ?, ?, ?)";

/** What {@link auditOf} reads. */
export const AUDIT_COLUMNS = `
  ${
  instantOr("at_ms")
} AS atMs, CAST(actor AS TEXT) AS actor, CAST(action AS TEXT) AS action,
    CAST(target AS TEXT) AS target, CAST(caller AS TEXT) AS caller, CAST(request_id AS TEXT) AS requestId,
    CAST(result AS TEXT) AS result`;

/** The newest lines, newest first; takes their number. */
export const READ_NEWEST_AUDIT =
  `SELECT ${AUDIT_COLUMNS} FROM audit ORDER BY id DESC LIMIT ?`;

/** The row of a line. */
export function auditValues(entry: AuditEntry): SQLInputValue[] {
  const { atMs, actor, action, target, from, requestId, result } = entry;
  return [
    instantOf(atMs),
    ...[actor, action, target, from, requestId, result]
      .map((text) => text.slice(0, AUDIT_TEXT_CHARS_MAX)),
  ];
}

/** The line of a row of {@link AUDIT_COLUMNS}, or undefined when it says no time. */
export function auditOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): AuditEntry | undefined {
  const atMs = numberOf(row.atMs);
  if (atMs === undefined) return undefined;
  return {
    atMs,
    actor: textOf(row.actor) ?? "",
    action: textOf(row.action) ?? "",
    target: textOf(row.target) ?? "",
    from: textOf(row.caller) ?? "",
    requestId: textOf(row.requestId) ?? "",
    result: textOf(row.result) ?? "",
  };
}

/** The lines that are asked for, newest first. Throws what SQLite throws. */
export function readAudit(
  connection: DatabaseSync,
  query: AuditQuery,
): readonly AuditEntry[] {
  const { sinceMs, actor, action, limit } = query;
  const wanted = [actor, action].filter((text) => text !== undefined);
  return connection.prepare(auditQuestion(query))
    .all(instantOf(sinceMs), ...wanted, limit)
    .map(auditOf).filter((entry) => entry !== undefined);
}

/** The SQL of a question: takes the oldest instant, the actor and the action as far as they are asked for, the limit. */
export function auditQuestion({ actor, action }: AuditQuery): string {
  const conditions = [
    "at_ms >= ?",
    ...(actor === undefined ? [] : ["actor = ?"]),
    ...(action === undefined ? [] : ["action = ?"]),
  ];
  return `SELECT ${AUDIT_COLUMNS} FROM audit WHERE ${
    conditions.join(" AND ")
  } ORDER BY at_ms DESC, id DESC LIMIT ?`;
}

/** Whether a line is among those that are asked for. */
export function isAsked(query: AuditQuery, entry: AuditEntry): boolean {
  const { sinceMs, actor, action } = query;
  return entry.atMs >= sinceMs &&
    (actor === undefined || entry.actor === actor) &&
    (action === undefined || entry.action === action);
}
