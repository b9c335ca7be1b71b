/** A decision as a row of `decisions`, both ways. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { StoredDecision } from "../ports.ts";
import { keyText } from "./key_text.ts";
import { textOf } from "./stored_json.ts";
import { instantText, parseTimestamp } from "./timestamps.ts";

/** Takes the values of {@link decisionValues} in their order. */
export const SAVE_DECISION =
  "INSERT INTO decisions (request_id, at, decision) VALUES (?, ?, ?)";

/** The newest decision about a request id; the index holds them in the order of their ids. */
export const FIND_DECISION = `
  SELECT CAST(at AS TEXT) AS at, CAST(decision AS TEXT) AS json
  FROM decisions WHERE request_id = ? ORDER BY id DESC LIMIT 1`;

/** The row of a decision. */
export function decisionValues(
  { requestId, atMs, json }: StoredDecision,
): SQLInputValue[] {
  return [keyText("request id", requestId), instantText(atMs), json];
}

/** The decision of a row of {@link FIND_DECISION}, or undefined when it can't be read. */
export function decisionOf(
  requestId: string,
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredDecision | undefined {
  const atMs = parseTimestamp(row.at);
  const json = textOf(row.json);
  return atMs === undefined || json === undefined
    ? undefined
    : { requestId, atMs, json };
}
