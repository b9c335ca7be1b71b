/** Looks a database over: whether SQLite can read it, and whether its rows belong together. Changes nothing. */
import type { DatabaseSync } from "node:sqlite";
import { fileKind } from "./damage.ts";
import { IS_OPERATORS } from "./drain_row.ts";
import { DatabaseUnusableError, failureOf, messageOf } from "./failure.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { isOfOthers, openToRead } from "./read_only.ts";
import { setAsideCount } from "./set_aside.ts";

/** Faults of SQLite's own check that are listed; behind them are mostly more of the same. */
const FAULTS_MAX = 20;

/** How long a lock of another process is waited for, milliseconds. */
const LOCK_WAIT_MS = 5000;

/** How well a database is. */
export interface DatabaseCheck {
  /** `findings`: it can be used as it is. `damaged`: a server would set it aside. */
  readonly verdict: "fine" | "findings" | "damaged";
  /** What SQLite finds broken, in its words. */
  readonly damage: readonly string[];
  /** What is odd, in words. */
  readonly findings: readonly string[];
  /** Number of the newest migration that it has had; 0 for a file of the Go server, undefined when it can't be read. */
  readonly schemaVersion: number | undefined;
  /** Rows by table; undefined for a table that can't be read. */
  readonly rows: Readonly<Record<string, number | undefined>>;
  /** Size of the file. */
  readonly bytes: number;
  /** Size of the write-ahead log beside it. */
  readonly logBytes: number;
  /** Timestamps of the oldest and the newest report as stored, UTC. */
  readonly oldestReport: string | undefined;
  readonly newestReport: string | undefined;
}

/** Tables and what a row of each that belongs to no backend, and should, is called. */
const TABLES: Readonly<Record<string, string | undefined>> = {
  clients: undefined,
  stats: "reports",
  sticky_assignments: "sticky assignments",
  leases: "leases",
  drains: "drains",
  decisions: undefined,
  api_keys: undefined,
  enrol_tokens: undefined,
  audit: undefined,
};

/**
 * Checks a file, also while a server uses it. `full` reads every index too. Throws DatabaseUnusableError when there is no
 * such file, or when it is none of SQLite's.
 */
export function checkDatabase(
  path: string,
  depth: "quick" | "full",
): DatabaseCheck {
  const bytes = sizeOf(path);
  const kind = fileKind(path);
  const isOther = kind === "other" || kind === "undecided";
  if (bytes === undefined || isOther || isOfOthers(path)) {
    throw new DatabaseUnusableError(
      `Cannot check "${path}": found ${
        bytes === undefined ? "nothing that can be read" : "something else"
      }, wanted a database of Opsen`,
    );
  }
  const logBytes = sizeOf(`${path}-wal`) ?? 0;
  if (kind !== "database") {
    const damage = [
      `its header is gone, and ${logBytes} bytes of log are left`,
    ];
    return { ...UNREAD, verdict: "damaged", bytes, logBytes, damage };
  }
  try {
    using connection = openToRead(path);
    connection.prepare(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`).get();
    return { ...look(connection, path, depth), bytes, logBytes };
  } catch (error) {
    if (!failureOf(error).isDamage) {
      throw new DatabaseUnusableError(
        `Cannot check the database "${path}": ${messageOf(error)}`,
        { cause: error },
      );
    }
    const damage = [messageOf(error)];
    return { ...UNREAD, verdict: "damaged", bytes, logBytes, damage };
  }
}

const UNREAD = {
  findings: [],
  schemaVersion: undefined,
  rows: {},
  oldestReport: undefined,
  newestReport: undefined,
};

function look(
  connection: DatabaseSync,
  path: string,
  depth: "quick" | "full",
): Omit<DatabaseCheck, "bytes" | "logBytes"> {
  const read = (sql: string) => firstOf(connection, sql);
  const schemaVersion = Number(read("PRAGMA user_version"));
  const damage = faultsOf(connection, depth);
  const findings: string[] = [];
  if (schemaVersion > SCHEMA_VERSION) {
    findings.push(
      `its schema has version ${schemaVersion}, and this program knows ${SCHEMA_VERSION}: a newer Opsen wrote it`,
    );
  }
  const rows: Record<string, number | undefined> = {};
  for (const [table, name] of Object.entries(TABLES)) {
    const count = read(`SELECT count(*) FROM ${table}`);
    rows[table] = count === undefined ? undefined : Number(count);
    if (count === undefined && schemaVersion >= SCHEMA_VERSION) {
      findings.push(`the table ${table} can't be read`);
    }
    if (name === undefined) continue;
    const strays = Number(
      read(
        `SELECT count(*) FROM ${table} WHERE client_id NOT IN (SELECT client_id FROM clients WHERE client_id IS NOT NULL)${
          table === "drains" ? ` AND NOT ${IS_OPERATORS}` : ""
        }`,
      ) ?? 0,
    );
    if (strays > 0) findings.push(`${strays} ${name} belong to no backend`);
  }
  const aside = setAsideCount(path);
  if (aside > 0) {
    findings.push(`${aside} damaged databases were set aside beside it`);
  }
  return {
    verdict: damage.length > 0
      ? "damaged"
      : findings.length > 0
      ? "findings"
      : "fine",
    damage,
    findings,
    schemaVersion,
    rows,
    oldestReport: textOr(read("SELECT min(timestamp) FROM stats")),
    newestReport: textOr(read("SELECT max(timestamp) FROM stats")),
  };
}

/** What SQLite's own check says but `ok` (https://www.sqlite.org/pragma.html#pragma_quick_check). */
export function faultsOf(
  connection: DatabaseSync,
  depth: "quick" | "full",
): readonly string[] {
  const pragma = depth === "full" ? "integrity_check" : "quick_check";
  try {
    return connection.prepare(`PRAGMA ${pragma}(${FAULTS_MAX})`).all()
      .map((row) => String(row[pragma])).filter((line) => line !== "ok");
  } catch (error) {
    if (!failureOf(error).isDamage) throw error;
    return [messageOf(error)];
  }
}

/** The only value of a query; undefined when it can't be read. */
function firstOf(connection: DatabaseSync, sql: string): unknown {
  try {
    return Object.values(connection.prepare(sql).get() ?? {})[0] ?? undefined;
  } catch (error) {
    if (failureOf(error).isLock) throw error;
    return undefined;
  }
}

function textOr(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Undefined when there is none, or none that this user may see. */
function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}
