/**
 * Checks the token that a proxied request brings, before anything is chosen for it. Owner: an approach; one check at a
 * time.
 */
import { AUTHORIZATION } from "../http1/field_names.ts";
import { textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { TokenVerdict } from "../trust_ports.ts";
import { bearerOf } from "../wire/bearer.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { type Panicking, shielded } from "./panic.ts";

/** What a good token says of its request. */
export type TokenClaims = Extract<TokenVerdict, { readonly kind: "valid" }>;

/** Who brings a token. */
export interface TokenGateUser {
  /** In whose name it is checked. */
  readonly owner: Panicking;
  /** The check has come to an end. */
  onToken(verdict: TokenVerdict, now: number): void;
}

/** The check of one token. */
export class TokenGate {
  readonly #user: TokenGateUser;
  readonly #parts: EdgeParts;
  /** What is waited for. */
  #pending: Promise<TokenVerdict> | undefined;

  /** No check yet. */
  constructor(user: TokenGateUser, parts: EdgeParts) {
    this.#user = user;
    this.#parts = parts;
  }

  /** What the token of a head comes to; undefined when the user is told later. */
  check(bytes: Uint8Array, head: RequestHead): TokenVerdict | undefined {
    const { tokens } = this.#parts;
    if (tokens === undefined) return NO_VERIFIER;
    const token = tokenOf(bytes, head);
    if (token === undefined) return TWO_TOKENS;
    const verdict = tokens.verify(token);
    if (!(verdict instanceof Promise)) return verdict;
    this.#await(verdict);
    return undefined;
  }

  /** The request is over, or its token checked. */
  end(): void {
    if (this.#pending === undefined) return;
    this.#pending = undefined;
    this.#parts.dialler.waitingElsewhere(-1);
  }

  #await(pending: Promise<TokenVerdict>): void {
    const { dialler, clock } = this.#parts;
    this.#pending = pending;
    dialler.waitingElsewhere(1);
    void pending.then((verdict) => {
      if (pending !== this.#pending) return;
      this.end();
      const tell = (now: number) => this.#user.onToken(verdict, now);
      shielded(this.#user.owner, clock.monotonicMs(), tell);
    });
  }
}

/**
 * The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1), empty where there is none. Undefined for a head
 * with several such fields: the backend might read another than was checked.
 */
function tokenOf(
  bytes: Uint8Array,
  { fields }: RequestHead,
): string | undefined {
  let token: string | undefined;
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) !== AUTHORIZATION) continue;
    if (token !== undefined) return undefined;
    const value = textOf(bytes, fields.valueStart(i), fields.valueEnd(i));
    token = bearerOf(value) ?? "";
  }
  return token ?? "";
}

const TWO_TOKENS: TokenVerdict = {
  kind: "refused",
  code: "invalid_token",
  detail: "The request has several Authorization fields, wanted one",
};
const NO_VERIFIER: TokenVerdict = {
  kind: "refused",
  code: "token_unverifiable",
  detail: "Tokens can't be checked now",
};
