/** What the engine answers when it is asked for a backend. */
import type { Registration } from "./backend.ts";
import type { Lease } from "./lease.ts";

/** Why a backend was passed over: the first of these, in this order, that applies. */
export type RefusalReason =
  | "stale"
  | "unhealthy"
  | "ejected"
  | "draining"
  | "place"
  | "cores"
  | "memory"
  | "storage"
  | "gpu_count"
  | "gpu_memory";

/** How many backends each reason removed; sums to the fleet's size when none fitted. */
export type Tally = Readonly<Record<RefusalReason, number>>;

/** No backend counted yet. Written out, because a refusal must be no dearer than a placement: building it from a list took ten times as long. */
export function emptyTally(): Record<RefusalReason, number> {
  return {
    stale: 0,
    unhealthy: 0,
    ejected: 0,
    draining: 0,
    place: 0,
    cores: 0,
    memory: 0,
    storage: 0,
    gpu_count: 0,
    gpu_memory: 0,
  };
}

/** What a caller asks for. */
export interface Ask {
  /** Name of a tier. */
  readonly tier: string;
  /** Where the caller is; no place means that distance plays no part. */
  readonly place?:
    | { readonly latitude: number; readonly longitude: number }
    | undefined;
  /** Id of the caller's session, when it wants to stay where it is. */
  readonly stickyId?: string | undefined;
  /**
   * Whether this is one request, whose end we see, and not a session. Without a session its room is held until it is
   * released. Requests don't keep each other out: when no backend has room beside them, the one with the fewest of them
   * per core takes it, as long as its report and its sessions leave room. (GPUs are never given twice.)
   */
  readonly isRequest?: boolean;
  /** Ids of backends that must not be chosen. */
  readonly exclude?: ReadonlySet<string> | undefined;
  /** What the caller calls this ask: a second one of that name gets the first one's lease for as long as it lives. */
  readonly idempotencyKey?: string | undefined;
}

/** Whether the ask is one request that belongs to no session. */
export function isSingle(
  { isRequest, stickyId }: Pick<Ask, "isRequest" | "stickyId">,
): boolean {
  return isRequest === true && stickyId === undefined;
}

/** Room that is promised to one placement until it expires. */
export interface Hold {
  /** Number of the lease, unique in this process. */
  readonly leaseId: number;
  /** When the hold ends by itself, monotonic milliseconds. */
  readonly expiresAt: number;
  /** Device ids of the booked GPUs; empty for tiers without. */
  readonly gpus: readonly number[];
}

/**
 * How a decision stands to the caller's session: no session was named; the session stayed where it was; it was
 * assigned for the first time, or moved because its backend could not take it.
 */
export type Stickiness = "none" | "kept" | "assigned" | "moved";

/** A backend was chosen and the room is booked. */
export interface Placed {
  /** Tells the answers apart. */
  readonly kind: "placed";
  /** The backend's id. */
  readonly backendId: string;
  /** Where to send the caller. */
  readonly endpoint: string;
  /** Host name of the backend. */
  readonly hostname: string;
  /** What it said of itself. */
  readonly registration: Registration;
  /** Great-circle distance in km; 0 when either place is unknown. */
  readonly distanceKm: number;
  /** The booking. */
  readonly hold: Hold;
  /** What `finish` takes when the ask was a request. */
  readonly lease: Lease;
  /** What happened to the caller's session. */
  readonly stickiness: Stickiness;
}

/** The backend that lacks least. */
export interface NearMiss {
  /** The backend's id. */
  readonly backendId: string;
  /** The dimension in which it lacks most; its place where it is too far away, which is told when all others are out too. */
  readonly lacks: RefusalReason;
  /** How much; of its place the km that are too many. */
  readonly shortBy: number;
  /** Of what. */
  readonly unit: "cores" | "GB" | "GPUs" | "km";
}

/** No backend can take the tier now; expected, so a value. */
export interface Refused {
  /** Tells the answers apart. */
  readonly kind: "refused";
  /** Why each backend of the fleet was passed over. */
  readonly tally: Tally;
  /** How many backends there are. */
  readonly fleetSize: number;
  /** The backend that lacks least of those that take work at all. */
  readonly nearest: NearMiss | undefined;
  /** When the first lease ends or the first report is due that could change the answer, milliseconds from now. */
  readonly retryAfterMs: number;
}

/** The idempotency key names a live lease of another tier; nothing was booked. */
export interface KeyReused {
  /** Tells the answers apart. */
  readonly kind: "key_reused";
  /** Name of the tier that the key stands for. */
  readonly tier: string;
}

/** The tier is not one of the configured ones. */
export interface UnknownTier {
  /** Tells the answers apart. */
  readonly kind: "unknown_tier";
  /** The name asked for. */
  readonly tier: string;
}

/** The answer to an {@link Ask}. */
export type Decision = Placed | Refused | UnknownTier | KeyReused;

/** The answer to an {@link Ask} of a known tier. */
export type Settled = Exclude<Decision, UnknownTier>;
