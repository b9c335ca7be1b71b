/** An enrolment token as a row of `enrol_tokens`, both ways. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { StoredToken } from "../trust_ports.ts";
import { hashOf, instantOrNone, instantOrNull } from "./key_row.ts";
import { keyText } from "./key_text.ts";
import { instantOf, instantOr } from "./lease_row.ts";
import {
  amountOf,
  arrayOf,
  numberOf,
  parseStored,
  textOf,
} from "./stored_json.ts";

/** Takes the values of {@link tokenValues} in their order; a changed token gets a row with a new rowid. */
export const SAVE_TOKEN = `
  INSERT OR REPLACE INTO enrol_tokens (token_id, hash, endpoint_allow, uses_max, uses, created_ms, created_by,
    expires_ms, revoked_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What {@link tokenOf} reads; of what someone typed it says something, and doesn't fail. */
export const TOKEN_COLUMNS = `
  CAST(token_id AS TEXT) AS tokenId, CAST(hash AS TEXT) AS hash, CAST(endpoint_allow AS TEXT) AS endpointAllow,
    ${instantOr("uses_max")} AS usesMax, ${instantOr("uses")} AS uses,
    ${
  instantOr("created_ms")
} AS createdMs, CAST(created_by AS TEXT) AS createdBy,
    ${instantOr("expires_ms")} AS expiresMs, ${
  instantOr("revoked_ms")
} AS revokedMs`;

/** Every row. */
export const READ_TOKENS = `SELECT ${TOKEN_COLUMNS} FROM enrol_tokens`;

/** The row of a token. */
export function tokenValues(token: StoredToken): SQLInputValue[] {
  return [
    keyText("token", token.id),
    keyText("hash", token.hash),
    JSON.stringify(token.endpointAllow),
    token.usesMax,
    token.uses,
    instantOf(token.createdMs),
    token.createdBy,
    instantOf(token.expiresMs),
    instantOrNull(token.revokedMs),
  ];
}

/** The token of a row of {@link TOKEN_COLUMNS}, or undefined when any of it can't be understood. */
export function tokenOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredToken | undefined {
  const id = textOf(row.tokenId) ?? "";
  const hash = hashOf(row.hash);
  const endpointAllow = arrayOf(parseStored(row.endpointAllow), textOf);
  const usesMax = amountOf(row.usesMax);
  const uses = amountOf(row.uses);
  const createdMs = numberOf(row.createdMs);
  const expiresMs = numberOf(row.expiresMs);
  const revoked = instantOrNone(row.revokedMs);
  if (
    id === "" || hash === undefined || endpointAllow === undefined ||
    usesMax === undefined || uses === undefined || createdMs === undefined ||
    expiresMs === undefined || revoked === undefined
  ) return undefined;
  return {
    id,
    hash,
    endpointAllow,
    usesMax,
    uses,
    createdMs,
    createdBy: textOf(row.createdBy) ?? "",
    expiresMs,
    revokedMs: revoked.ms,
  };
}
