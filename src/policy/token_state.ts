/** Whether an enrolment token is good at an instant. Values only. */

/** What decides; a stored token is one. Instants are wall-clock milliseconds. */
export interface TokenLife {
  /** When it was taken back; undefined when it was not. */
  readonly revokedMs: number | undefined;
  /** When it ends by itself. */
  readonly expiresMs: number;
  /** How often it was used. */
  readonly uses: number;
  /** How often it may be. */
  readonly usesMax: number;
}

/** Good, or why not. */
export type TokenState = "good" | "revoked" | "expired" | "used_up";

/** What somebody did to it counts before what became of it. */
export function tokenState(token: TokenLife, nowMs: number): TokenState {
  if (token.revokedMs !== undefined) return "revoked";
  if (nowMs >= token.expiresMs) return "expired";
  return token.uses >= token.usesMax ? "used_up" : "good";
}
