/** Reads all keys and tokens of a database, and whether they are others than at the last look. */
import type { DatabaseSync } from "node:sqlite";
import type { StoredTrust } from "../trust_ports.ts";
import { keyOf, READ_KEYS } from "./key_row.ts";
import { READ_TOKENS, tokenOf } from "./token_row.ts";

/** Neither keys nor tokens. */
export const NO_TRUST: StoredTrust = { keys: [], tokens: [] };

/** What was read, and how many rows were not. */
export interface TrustReading {
  readonly trust: StoredTrust;
  /** Rows that can't be understood. */
  readonly unreadable: number;
}

/** Reads every key and token, first made first. Throws what SQLite throws. */
export function readTrust(connection: DatabaseSync): TrustReading {
  const keyRows = connection.prepare(READ_KEYS).all();
  const tokenRows = connection.prepare(READ_TOKENS).all();
  const keys = keyRows.map(keyOf).filter((key) => key !== undefined);
  const tokens = tokenRows.map(tokenOf).filter((token) => token !== undefined);
  return {
    trust: inOrder({ keys, tokens }),
    unreadable: keyRows.length - keys.length + tokenRows.length - tokens.length,
  };
}

/** First made first. */
export function inOrder({ keys, tokens }: StoredTrust): StoredTrust {
  return {
    keys: keys.toSorted((a, b) =>
      a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1)
    ),
    tokens: tokens.toSorted((a, b) =>
      a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)
    ),
  };
}

/**
 * A text that is another one when a key or a token was written or removed since: each write takes a new id, and a removal
 * changes the count. Reading it costs some microseconds; a fleet's keys are read in tens of milliseconds.
 */
export function trustStamp(connection: DatabaseSync): string {
  return JSON.stringify(connection.prepare(STAMP).get());
}

/** Whether the tables never held anything. */
export function neverHeldTrust(connection: DatabaseSync): boolean {
  return connection.prepare(SEQUENCES).get() === undefined;
}

const SEQUENCES =
  "SELECT seq FROM sqlite_sequence WHERE name IN ('api_keys', 'enrol_tokens')";

const STAMP = `SELECT
  (SELECT seq FROM sqlite_sequence WHERE name = 'api_keys') AS lastKey, (SELECT count(*) FROM api_keys) AS keys,
  (SELECT seq FROM sqlite_sequence WHERE name = 'enrol_tokens') AS lastToken,
  (SELECT count(*) FROM enrol_tokens) AS tokens`;
