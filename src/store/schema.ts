/**
 * The tables of the database. The Go server's are kept as it wrote them, so that it can open the file again; what we
 * add is a nullable column or a table, which it neither reads nor writes.
 */

/** The Go server's tables and indexes; nothing happens where they are there already. */
export const GO_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS clients (
    client_id TEXT PRIMARY KEY,
    hostname TEXT,
    public_ip TEXT,
    local_ip TEXT,
    latitude REAL,
    longitude REAL,
    country TEXT,
    city TEXT,
    total_cpu INTEGER,
    total_memory REAL,
    total_storage REAL,
    total_gpus INTEGER DEFAULT 0,
    gpu_models TEXT,
    endpoint TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_seen TIMESTAMP DEFAULT CURRENT_TIMESTAMP
  )`,
  `CREATE TABLE IF NOT EXISTS stats (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT,
    timestamp TIMESTAMP,
    cpu_cores INTEGER,
    cpu_usage_json TEXT,
    memory_total REAL,
    memory_used REAL,
    memory_avail REAL,
    disk_total REAL,
    disk_used REAL,
    disk_avail REAL,
    gpu_stats_json TEXT,
    FOREIGN KEY (client_id) REFERENCES clients(client_id)
  )`,
  `CREATE TABLE IF NOT EXISTS sticky_assignments (
    sticky_id TEXT NOT NULL,
    tier TEXT NOT NULL,
    client_id TEXT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_used TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sticky_id, tier),
    FOREIGN KEY (client_id) REFERENCES clients(client_id)
  )`,
  "CREATE INDEX IF NOT EXISTS idx_stats_client_time ON stats(client_id, timestamp DESC)",
  "CREATE INDEX IF NOT EXISTS idx_clients_last_seen ON clients(last_seen)",
  "CREATE INDEX IF NOT EXISTS idx_sticky_last_used ON sticky_assignments(last_used)",
  "CREATE INDEX IF NOT EXISTS idx_sticky_client ON sticky_assignments(client_id)",
  "CREATE INDEX IF NOT EXISTS idx_sticky_id ON sticky_assignments(sticky_id)",
];

/** A column that we add to a table of the Go server. */
export interface OwnColumn {
  readonly table: "clients" | "stats";
  readonly name: string;
  readonly type: "TEXT" | "REAL";
}

/** What a registration and a report of ours say beyond the Go server's columns. */
export const OWN_COLUMNS: readonly OwnColumn[] = [
  { table: "clients", name: "endpoints_json", type: "TEXT" },
  { table: "clients", name: "registered_from", type: "TEXT" },
  { table: "clients", name: "endpoint_allow_json", type: "TEXT" },
  { table: "stats", name: "window_seconds", type: "REAL" },
  { table: "stats", name: "window_filled_seconds", type: "REAL" },
  { table: "stats", name: "short_window_json", type: "TEXT" },
  { table: "stats", name: "recovery_json", type: "TEXT" },
];

/**
 * Our own tables and indexes. Leases have no index, neither by backend nor by their end: see the walks through them.
 * Their times are milliseconds since 1970, because a text costs more to make than the rest of the row (measured: 0.4 µs
 * each of 2.5); `saved_ms` is when the row was written.
 */
export const OWN_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS leases (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL,
    tier TEXT NOT NULL,
    gpus TEXT NOT NULL,
    sticky_id TEXT,
    idempotency_key TEXT,
    placed_ms INTEGER NOT NULL,
    started_ms INTEGER,
    expires_ms INTEGER NOT NULL,
    saved_ms INTEGER NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    decision TEXT NOT NULL
  )`,
  "CREATE INDEX IF NOT EXISTS idx_decisions_request ON decisions(request_id)",
  "CREATE INDEX IF NOT EXISTS idx_decisions_at ON decisions(at)",
];

/** Backends that are being drained; `asked_by` is a JSON list. */
export const DRAIN_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS drains (
    client_id TEXT PRIMARY KEY NOT NULL,
    asked_by TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    deadline_ms INTEGER
  )`,
];

/**
 * Keys, enrolment tokens and the audit trail. The lists of keys and tokens are JSON; keys and tokens themselves are not
 * here, only their hashes. AUTOINCREMENT lets a look see that something was written, whatever was removed since.
 */
export const TRUST_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    scopes TEXT,
    tiers TEXT,
    client_id TEXT,
    endpoint_allow TEXT NOT NULL,
    expires_ms INTEGER,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revoked_ms INTEGER
  )`,
  `CREATE TABLE IF NOT EXISTS enrol_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    endpoint_allow TEXT NOT NULL,
    uses_max INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    revoked_ms INTEGER
  )`,
  `CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    caller TEXT NOT NULL,
    request_id TEXT NOT NULL,
    result TEXT NOT NULL
  )`,
  "CREATE INDEX IF NOT EXISTS idx_audit_at ON audit(at_ms)",
  "CREATE INDEX IF NOT EXISTS idx_audit_actor ON audit(actor, at_ms)",
  "CREATE INDEX IF NOT EXISTS idx_audit_action ON audit(action, at_ms)",
  "CREATE INDEX IF NOT EXISTS idx_audit_actor_action ON audit(actor, action, at_ms)",
];
