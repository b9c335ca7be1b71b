/** Who shows a key, and what that key opens. Values only. */

/** One thing that a key may do. */
export type Scope =
  /** Ask for backends, and for what was booked for oneself. */
  | "route"
  /** See the fleet and its decisions. */
  | "read"
  /** Change the fleet, the configuration, the keys; includes `route` and `read`. */
  | "admin"
  /** Speak for machines. */
  | "agent";

/** All of them, in the order of the documentation. */
export const SCOPES: readonly Scope[] = ["route", "read", "admin", "agent"];

/** Who shows a key. */
export interface Principal {
  /** Name of the key, for the audit trail and for refusals; never the key itself. */
  readonly name: string;
  /** What the key may do; undefined for everything. */
  readonly scopes: readonly Scope[] | undefined;
  /** Tiers the key may ask for; undefined for all. */
  readonly tiers: readonly string[] | undefined;
  /** When it stops being accepted, wall-clock milliseconds; undefined for never. */
  readonly expiresMs: number | undefined;
  /** The one backend that the key may speak for; undefined for a key that is not bound to one. */
  readonly backendId: string | undefined;
  /** Where that backend may be, besides what the configuration allows: addresses and ranges. */
  readonly endpointAllow: readonly string[];
  /** Requests per minute that the key is good for; 0 for no limit of its own. */
  readonly ratePerMinute: number;
}

/** Whether a key opens what asks for a scope. */
export function mayDo({ scopes }: Principal, scope: Scope): boolean {
  if (scopes === undefined || scopes.includes(scope)) return true;
  return scope !== "agent" && scopes.includes("admin");
}

/** Whether a key may ask for a tier. */
export function mayAskFor({ tiers }: Principal, tier: string): boolean {
  return tiers === undefined || tiers.includes(tier);
}

/** Whether a key may speak for a backend. */
export function maySpeakFor(principal: Principal, backendId: string): boolean {
  return mayDo(principal, "agent") &&
    (principal.backendId === undefined || principal.backendId === backendId);
}
