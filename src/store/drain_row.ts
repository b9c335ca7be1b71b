/** A backend's draining as a row of `drains`, both ways. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { DrainedBy } from "../engine/drain.ts";
import type { StoredDrain } from "../ports.ts";
import { keyText } from "./key_text.ts";
import { instantOf, instantOr } from "./lease_row.ts";
import { arrayOf, numberOf, parseStored, textOf } from "./stored_json.ts";

/** Takes the values of {@link drainValues} in their order. */
export const SAVE_DRAIN =
  "INSERT OR REPLACE INTO drains (client_id, asked_by, since_ms, deadline_ms) VALUES (?, ?, ?, ?)";

/** What {@link drainOf} reads; the casts let one that someone typed be read as far as it makes sense. */
export const DRAIN_COLUMNS = `
  CAST(client_id AS TEXT) AS backendId, CAST(asked_by AS TEXT) AS askedBy,
    ${instantOr("since_ms")} AS sinceMs, ${
  instantOr("deadline_ms")
} AS deadlineMs`;

/** Whether an operator asked for a row's draining, as SQL; of one that someone typed it says something, and doesn't fail. */
export const IS_OPERATORS = `instr(asked_by, '"operator"') > 0`;

/** Every row. */
export const READ_DRAINS = `SELECT ${DRAIN_COLUMNS} FROM drains`;

/** The row of a draining. */
export function drainValues(drain: StoredDrain): SQLInputValue[] {
  const { backendId, by, sinceMs, deadlineMs } = drain;
  return [
    keyText("client id", backendId),
    JSON.stringify(by),
    instantOf(sinceMs),
    deadlineMs === undefined ? null : instantOf(deadlineMs),
  ];
}

/** The draining of a row of {@link DRAIN_COLUMNS}, or undefined when it can't be understood. */
export function drainOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredDrain | undefined {
  const backendId = textOf(row.backendId);
  const by = arrayOf(parseStored(row.askedBy), askerOf);
  const sinceMs = numberOf(row.sinceMs);
  const deadlineMs = numberOf(row.deadlineMs);
  if (
    backendId === undefined || by === undefined || by.length === 0 ||
    sinceMs === undefined ||
    (row.deadlineMs !== null && deadlineMs === undefined)
  ) return undefined;
  return { backendId, by, sinceMs, deadlineMs };
}

/**
 * Whether a draining goes on although its backend is gone: an operator's does until an operator ends it, an agent's ends
 * with the agent.
 */
export function outlivesBackend({ by }: StoredDrain): boolean {
  return by.includes("operator");
}

function askerOf(value: unknown): DrainedBy | undefined {
  return value === "operator" || value === "agent" ? value : undefined;
}
