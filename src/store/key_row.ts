/** A key as a row of `api_keys`, both ways. What can't be understood of a row opens nothing. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { type Scope, SCOPES } from "../policy/principal.ts";
import type { StoredKey } from "../trust_ports.ts";
import { keyText } from "./key_text.ts";
import { instantOf, instantOr } from "./lease_row.ts";
import { arrayOf, numberOf, parseStored, textOf } from "./stored_json.ts";

/** Takes the values of {@link keyValues} in their order; a changed key gets a row with a new id. */
export const SAVE_KEY = `
  INSERT OR REPLACE INTO api_keys (name, hash, scopes, tiers, client_id, endpoint_allow, expires_ms, created_ms,
    created_by, revoked_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What {@link keyOf} reads; of what someone typed it says something, and doesn't fail. */
export const KEY_COLUMNS = `
  CAST(name AS TEXT) AS name, CAST(hash AS TEXT) AS hash, CAST(scopes AS TEXT) AS scopes,
    CAST(tiers AS TEXT) AS tiers, CAST(client_id AS TEXT) AS backendId,
    CAST(endpoint_allow AS TEXT) AS endpointAllow, ${
  instantOr("expires_ms")
} AS expiresMs, ${instantOr("created_ms")} AS createdMs,
    CAST(created_by AS TEXT) AS createdBy, ${
  instantOr("revoked_ms")
} AS revokedMs`;

/** Every row. */
export const READ_KEYS = `SELECT ${KEY_COLUMNS} FROM api_keys`;

/** The row of a key. */
export function keyValues(key: StoredKey): SQLInputValue[] {
  return [
    keyText("key", key.name),
    keyText("hash", key.hash),
    jsonOrNull(key.scopes),
    jsonOrNull(key.tiers),
    key.backendId === undefined ? null : keyText("client id", key.backendId),
    JSON.stringify(key.endpointAllow),
    instantOrNull(key.expiresMs),
    instantOf(key.createdMs),
    key.createdBy,
    instantOrNull(key.revokedMs),
  ];
}

/** The key of a row of {@link KEY_COLUMNS}, or undefined when any of it can't be understood. */
export function keyOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredKey | undefined {
  const name = textOf(row.name) ?? "";
  const hash = hashOf(row.hash);
  const scopes = listOrNone(row.scopes, scopeOf);
  const tiers = listOrNone(row.tiers, textOf);
  const endpointAllow = arrayOf(parseStored(row.endpointAllow), textOf);
  const expires = instantOrNone(row.expiresMs);
  const createdMs = numberOf(row.createdMs);
  const revoked = instantOrNone(row.revokedMs);
  if (
    name === "" || hash === undefined || scopes === undefined ||
    tiers === undefined || endpointAllow === undefined ||
    expires === undefined || createdMs === undefined || revoked === undefined
  ) return undefined;
  return {
    name,
    hash,
    scopes: scopes.list,
    tiers: tiers.list,
    backendId: textOf(row.backendId),
    endpointAllow,
    expiresMs: expires.ms,
    createdMs,
    createdBy: textOf(row.createdBy) ?? "",
    revokedMs: revoked.ms,
  };
}

/** A SHA-256 in hexadecimal digits, or undefined. */
export function hashOf(value: unknown): string | undefined {
  const text = textOf(value) ?? "";
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

/** An instant that a column may hold, or undefined when it holds something else. */
export function instantOrNone(
  value: unknown,
): { readonly ms: number | undefined } | undefined {
  if (value === null) return { ms: undefined };
  const ms = numberOf(value);
  return ms === undefined ? undefined : { ms };
}

/** What a column takes of an instant that may be absent. */
export function instantOrNull(wallMs: number | undefined): number | null {
  return wallMs === undefined ? null : instantOf(wallMs);
}

/** NULL says that there is no list, which allows everything; anything but a list must not say so. */
function listOrNone<Item>(
  value: unknown,
  read: (item: unknown) => Item | undefined,
): { readonly list: readonly Item[] | undefined } | undefined {
  if (value === null) return { list: undefined };
  const list = arrayOf(parseStored(value), read);
  return list === undefined ? undefined : { list };
}

function jsonOrNull(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : JSON.stringify(list);
}

function scopeOf(value: unknown): Scope | undefined {
  return SCOPES.find((scope) => scope === value);
}
