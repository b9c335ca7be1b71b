/**
 * What the pure middle and the adapters ask of the world: time, chance, a log, a place for state. Shapes only.
 */
import type { Place, Registration, Report } from "./engine/backend.ts";
import type { DrainedBy } from "./engine/drain.ts";
import type { Grantee } from "./engine/endpoint_grant.ts";
import type { ProbeOutcome } from "./engine/health.ts";
import type { PastReport } from "./engine/report_steps.ts";
import type { TrustStore } from "./trust_ports.ts";

/** Time. Decisions use the monotonic clock, so that a step of the wall clock makes nothing stale. */
export interface Clock {
  /** Milliseconds on a clock that never steps; its zero means nothing. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01 UTC, for what people and databases read. */
  wallMs(): number;
}

/** Chance. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
}

/** Structured data of a log line; secrets never go in. */
export type LogData = Readonly<Record<string, unknown>>;

/** Takes lines into a log that were put together elsewhere, because there are many; bounded, and never throws. */
export interface LineSink {
  /** Whether a line is a JSON object instead of text for people. */
  readonly isJson: boolean;
  /** Whether levels are coloured in text. */
  readonly isColoured: boolean;
  /** Lines of the log that its stream did not take, since the start; absent where nobody counts them. */
  readonly lostLines?: number;
  /** Takes a line, which brings its own end. */
  write(line: string): void;
}

/** A log of one module. */
export interface Logger {
  /** Where finished lines go, whatever the level of the log; absent where they can't be taken. */
  readonly sink?: LineSink | undefined;
  /** What only a developer wants. */
  debug(message: string, data?: LogData): void;
  /** What happened. */
  info(message: string, data?: LogData): void;
  /** What someone should look at. */
  warn(message: string, data?: LogData): void;
  /** What failed. */
  error(message: string, data?: LogData): void;
  /** The same log under another module name. */
  child(module: string): Logger;
}

/** Where an address is on Earth. */
export interface Locator {
  /** The place of an address, or undefined when it has none. */
  locate(ip: string): Place | undefined;
}

/** Tries whether a backend is there. */
export interface Prober {
  /**
   * Probes the endpoint of a backend once, through the same sockets, TLS settings and rules as traffic; `onDone` is told
   * once, later, within the time-out.
   */
  probe(target: ProbeTarget, onDone: (outcome: ProbeOutcome) => void): void;
}

/** A backend as it is probed: its id, the URL that callers are sent to, and what says where it may be. */
export type ProbeTarget = Grantee & Pick<Registration, "id" | "endpoint">;

/** Kinds of {@link ServerEvent}. */
export type EventType =
  | "backend.ejected"
  | "backend.returned"
  | "backend.unhealthy"
  | "backend.healthy"
  | "backend.draining"
  | "backend.drained"
  | "backend.undrained"
  | "backend.conflict"
  | "fleet.panic"
  | "fleet.calm"
  | "config.applied"
  | "config.refused"
  | "certificate.expiring"
  | "store.degraded"
  | "store.recovered";

/** Something that an operator's own programs may want to hear of. */
export interface ServerEvent {
  /** What has happened. */
  readonly type: EventType;
  /** What a reader needs to act on it; no secrets. JSON names. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Hears of events; returns at once and never throws. */
export interface EventSink {
  /** Takes an event. */
  emit(event: ServerEvent): void;
}

/** How safe an acknowledged write is: in the database, or only in memory because the database can't take it. */
export type Durability = "durable" | "memory";

/** Whether the database takes writes. */
export type StoreStatus =
  | { readonly kind: "ok" }
  | {
    readonly kind: "degraded";
    readonly sinceMs: number;
    readonly reason: string;
  };

/** How the database keeps up. */
export interface StoreCounts {
  /** Writes on their way. */
  readonly waiting: number;
  /** Attempts that it did not take, since the start. */
  readonly failures: number;
}

/** A backend as stored; times are wall-clock milliseconds. */
export interface StoredBackend {
  /** What it registered. */
  readonly registration: Registration;
  /** When it was last heard of. */
  readonly lastSeenMs: number;
}

/** A report as stored. */
export interface StoredReport {
  /** The backend's id. */
  readonly backendId: string;
  /** When it arrived, wall clock. */
  readonly atMs: number;
  /** What it said. */
  readonly report: Report;
}

/** Reports of one backend after an instant and up to another, wall clock. */
export interface ReportSpan {
  /** The backend's id. */
  readonly backendId: string;
  /** The instant before the first. */
  readonly fromMs: number;
  /** The last instant. */
  readonly toMs: number;
}

/** Which backend a session of a tier belongs to. */
export interface StoredSticky {
  /** The session's id as the caller sent it. */
  readonly stickyId: string;
  /** Name of the tier. */
  readonly tier: string;
  /** The backend's id. */
  readonly backendId: string;
  /** When it was last used, wall clock. */
  readonly lastUsedMs: number;
}

/** A session's lease; times are wall-clock milliseconds. */
export interface StoredLease {
  /** Its number, a safe integer from 1, never used twice by one database. */
  readonly id: number;
  /** The backend's id. */
  readonly backendId: string;
  /** Name of the tier. */
  readonly tier: string;
  /** Device ids of the booked GPUs. */
  readonly gpus: readonly number[];
  /** The session's id, when it has one. */
  readonly stickyId: string | undefined;
  /** What the caller named the ask, so that a second one books nothing. */
  readonly idempotencyKey: string | undefined;
  /** When the room was booked. */
  readonly placedMs: number;
  /** When the session is known to have begun; undefined for a hold that nobody confirmed. */
  readonly startedMs: number | undefined;
  /** When it ends by itself. */
  readonly expiresMs: number;
}

/** A backend's draining as stored; times are wall-clock milliseconds. */
export interface StoredDrain {
  /** The backend's id. */
  readonly backendId: string;
  /** Who asked for it; never empty. */
  readonly by: readonly DrainedBy[];
  /** When it began. */
  readonly sinceMs: number;
  /** When sessions that are left are moved. */
  readonly deadlineMs: number | undefined;
}

/** A decision as stored. */
export interface StoredDecision {
  /** Id of the request that asked. */
  readonly requestId: string;
  /** When it was made, wall clock. */
  readonly atMs: number;
  /** The JSON that operators read. */
  readonly json: string;
}

/** All that is read back at start. */
export interface Snapshot {
  /** Every backend, first registered first. */
  readonly backends: readonly StoredBackend[];
  /** The reports of each backend's last averaging window, oldest first within a backend: enough to go on as before. */
  readonly reports: readonly StoredReport[];
  /** Sticky assignments, least recently used first. */
  readonly sticky: readonly StoredSticky[];
  /** Leases that have not expired, oldest first. */
  readonly leases: readonly StoredLease[];
  /** Backends that were being drained. */
  readonly drains: readonly StoredDrain[];
}

/**
 * State that outlives the process. Nothing here is waited for by a decision: a write that must be acknowledged
 * returns a promise that settles with the next group commit, the others are queued.
 */
export interface Store extends AsyncDisposable, TrustStore {
  /** Reads everything back. */
  load(): Snapshot;
  /** Stores a registration; settles when it would survive a kill -9, or says that only memory has it. */
  saveRegistration(
    registration: Registration,
    atMs: number,
  ): Promise<Durability>;
  /** Queues a report; when the queue is full the oldest queued report gives way. */
  saveReport(backendId: string, report: Report, atMs: number): void;
  /**
   * Calls `take` with each stored report of the span, oldest first, in pieces between other work, until the signal aborts.
   * Settles with whether all could be read.
   */
  walkReports(
    span: ReportSpan,
    take: (atMs: number, report: PastReport) => void,
    signal?: AbortSignal,
  ): Promise<boolean>;
  /** Stores a sticky assignment or its last use. */
  saveSticky(assignment: StoredSticky): Promise<Durability>;
  /** Forgets a sticky assignment. */
  removeSticky(stickyId: string, tier: string): Promise<Durability>;
  /** Stores a lease or its new life; settles when it would survive a kill -9. */
  saveLease(lease: StoredLease): Promise<Durability>;
  /** Forgets a lease. */
  removeLease(id: number): Promise<Durability>;
  /** Stores that a backend is being drained. */
  saveDrain(drain: StoredDrain): Promise<Durability>;
  /** Forgets that a backend was being drained. */
  removeDrain(backendId: string): Promise<Durability>;
  /** Queues a decision; when the queue is full the oldest queued one gives way. */
  saveDecision(decision: StoredDecision): void;
  /** The newest stored decision about a request; undefined when none is stored or the database can't be read. */
  findDecision(requestId: string): StoredDecision | undefined;
  /** Starts deleting decisions older than the instant, in small batches between other writes. */
  pruneDecisions(olderThanMs: number): void;
  /** Forgets backends with their reports, sticky assignments and leases. */
  removeBackends(ids: readonly string[]): Promise<Durability>;
  /** Starts deleting reports older than the instant, in small batches between other writes. */
  pruneReports(olderThanMs: number): void;
  /** Whether writes arrive. */
  status(): StoreStatus;
  /** How the database keeps up. */
  counts(): StoreCounts;
  /** Settles when everything queued is written or has failed. */
  flush(): Promise<void>;
}
