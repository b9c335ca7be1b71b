/**
 * One rule for tokens, and the tokens that were found good under it: those are known again by their SHA-256 without
 * waiting. Owner of these; bounded by {@link REMEMBERED_MAX} and {@link PENDING_MAX}.
 */
import { hash } from "node:crypto";
import type { Clock, Logger } from "../ports.ts";
import type { TokenVerdict } from "../trust_ports.ts";
import { type JwtCheck, jwtCheck } from "./jwt_check.ts";
import { JwksSource } from "./jwks_source.ts";
import { findKeys, type KeyFinder } from "./jwt_keys.ts";
import type { JwtSettings } from "./jwt_verifier.ts";

/** Good tokens that are remembered, the least recently shown forgotten first; together about 4 MB. */
export const REMEMBERED_MAX = 10_000;
/** Tokens that are checked at once; more wait for keys only when somebody sends many different ones. */
export const PENDING_MAX = 1_024;
/** Longest token; no head of a request holds a longer one unless it is made to. */
export const TOKEN_CHARS_MAX = 8_192;

/** What a rule needs of the world. */
export interface JwtWorld {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the keys that settings name, as far as they are here; what is answered makes the rule, which goes on with the
 * keys of the rule before when it has the same URL. Rejects with a TypeError for keys that can't be used.
 */
export async function openRule(
  settings: JwtSettings,
  world: JwtWorld,
): Promise<(before: JwtRule | undefined) => JwtRule> {
  const { keys, algorithms } = settings;
  if (keys.kind === "url") {
    return (before) => {
      const source = before?.sourceOf(keys.url) ??
        new JwksSource(keys.url, world);
      return new JwtRule(settings, source.find, source, world);
    };
  }
  const find = await findKeys(keys.text, algorithms);
  return () => new JwtRule(settings, find, undefined, world);
}

/** A token that was found good. */
interface Remembered {
  readonly verdict: TokenVerdict;
  /** Until when, wall clock. */
  readonly untilMs: number;
}

/** One rule. */
export class JwtRule {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #check: JwtCheck;
  readonly #source: JwksSource | undefined;
  readonly #remembered = new Map<string, Remembered>();
  readonly #pending = new Map<string, Promise<TokenVerdict>>();

  /** Nothing is remembered yet. */
  constructor(
    settings: JwtSettings,
    find: KeyFinder,
    source: JwksSource | undefined,
    { clock, logger }: JwtWorld,
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#source = source;
    this.#check = jwtCheck(settings, find);
    source?.onChange(() => this.#remembered.clear());
  }

  /** The keys of a URL, when this rule has them. */
  sourceOf(url: string): JwksSource | undefined {
    return this.#source?.url === url ? this.#source : undefined;
  }

  /** Another rule, or none, takes the place of this one. */
  retire(next: JwtRule | undefined): void {
    const source = this.#source;
    if (source !== undefined && next?.sourceOf(source.url) === undefined) {
      source[Symbol.dispose]();
    }
  }

  /** Checks a token as {@link TokenVerifier} says. */
  verify(token: string): TokenVerdict | Promise<TokenVerdict> {
    if (token === "") return MISSING;
    if (token.length > TOKEN_CHARS_MAX) return TOO_LONG;
    const digest = hash("sha256", token, "base64");
    const known = this.#remembered.get(digest);
    if (known !== undefined) {
      // Last in the order of the map is who was shown last.
      this.#remembered.delete(digest);
      if (this.#clock.wallMs() < known.untilMs) {
        this.#remembered.set(digest, known);
        return known.verdict;
      }
    }
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= PENDING_MAX) return BUSY;
    const verdict = this.#verify(token, digest);
    this.#pending.set(digest, verdict);
    return verdict;
  }

  async #verify(token: string, digest: string): Promise<TokenVerdict> {
    const age = this.#source?.age;
    try {
      const { verdict, untilMs } = await this.#check(
        token,
        this.#clock.wallMs(),
      );
      // Keys may have been taken back while the token was checked.
      if (verdict.kind === "valid" && this.#isCurrent(age)) {
        this.#remember(digest, { verdict, untilMs });
      }
      return verdict;
    } catch (error) {
      this.#logger.error("Cannot check a token", { error });
      return FAULTY;
    } finally {
      this.#pending.delete(digest);
    }
  }

  /** The first token of all brings the keys with it. */
  #isCurrent(age: number | undefined): boolean {
    return age === 0 || age === this.#source?.age;
  }

  #remember(digest: string, token: Remembered): void {
    if (this.#remembered.size >= REMEMBERED_MAX) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(digest, token);
  }
}

const MISSING: TokenVerdict = {
  kind: "refused",
  code: "missing_token",
  detail: "Missing token: wanted Authorization: Bearer TOKEN",
};
const TOO_LONG: TokenVerdict = {
  kind: "refused",
  code: "invalid_token",
  detail: `The token is longer than ${TOKEN_CHARS_MAX} characters`,
};
const BUSY: TokenVerdict = {
  kind: "refused",
  code: "token_unverifiable",
  detail: "Too many tokens are checked at once",
};
const FAULTY: TokenVerdict = {
  kind: "refused",
  code: "token_unverifiable",
  detail: "The token can't be checked now",
};
