/** A sticky assignment as a row of `sticky_assignments`, both ways. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { StoredSticky } from "../ports.ts";
import { keyText } from "./key_text.ts";
import { textOf } from "./stored_json.ts";
import { parseTimestamp, secondsText } from "./timestamps.ts";

/** Takes the values of {@link stickyValues} in their order. An assignment that is there keeps its row. */
export const SAVE_STICKY = `
  INSERT INTO sticky_assignments (sticky_id, tier, client_id, created_at, last_used) VALUES (?, ?, ?, ?4, ?4)
  ON CONFLICT (sticky_id, tier) DO UPDATE SET client_id = excluded.client_id, last_used = excluded.last_used`;

/** What {@link stickyOf} reads. */
export const STICKY_COLUMNS = `
  CAST(sticky_id AS TEXT) AS stickyId, CAST(tier AS TEXT) AS tier, CAST(client_id AS TEXT) AS backendId,
  CAST(last_used AS TEXT) AS lastUsed`;

/** Those of registered backends, the last used first; takes the number of rows. */
export const READ_STICKY = `
  SELECT ${STICKY_COLUMNS}
  FROM sticky_assignments JOIN clients USING (client_id)
  ORDER BY last_used DESC, sticky_assignments.rowid DESC LIMIT ?`;

/** The row of an assignment. */
export function stickyValues(assignment: StoredSticky): SQLInputValue[] {
  return [
    keyText("sticky id", assignment.stickyId),
    keyText("tier", assignment.tier),
    keyText("client id", assignment.backendId),
    secondsText(assignment.lastUsedMs),
  ];
}

/** The assignment of a row of {@link STICKY_COLUMNS}; what was used in the future was used now. */
export function stickyOf(
  row: Readonly<Record<string, SQLOutputValue>>,
  nowMs: number,
): StoredSticky {
  return {
    stickyId: textOf(row.stickyId) ?? "",
    tier: textOf(row.tier) ?? "",
    backendId: textOf(row.backendId) ?? "",
    lastUsedMs: Math.min(parseTimestamp(row.lastUsed) ?? 0, nowMs),
  };
}
