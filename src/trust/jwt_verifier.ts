/**
 * Checks the tokens (JWT, RFC 7519) of callers of proxied paths. Owner of the rule in force; what a rule remembers is
 * bounded there. The library behind it is loaded with the first rule, so that who asks for no tokens pays nothing.
 */
import type { Clock, Logger } from "../ports.ts";
import type { TokenVerdict, TokenVerifier } from "../trust_ports.ts";
import type { JwtRule } from "./jwt_rule.ts";

/** Where the keys come from that tokens are signed with. */
export type JwtKeySource =
  /** A JWKS (RFC 7517) that is fetched. */
  | { readonly kind: "url"; readonly url: string }
  /** What a file holds: a public key or certificate (PEM), a JWK, a JWKS, or the secret of an HMAC. */
  | { readonly kind: "text"; readonly text: string };

/** What a token must be like, and what is taken from it. */
export interface JwtSettings {
  readonly keys: JwtKeySource;
  /** Whom it must name as issuer, for whom it must be; empty for anybody. */
  readonly issuer: string;
  readonly audience: string;
  /** Signature algorithms that are accepted (RFC 7518, section 3.1). */
  readonly algorithms: readonly string[];
  /** How far clocks may differ, seconds. */
  readonly leewaySeconds: number;
  /** Claims that hold the tier and the id of the session; empty for none. */
  readonly tierClaim: string;
  readonly stickyClaim: string;
}

/** Checks tokens by the rule in force. */
export class JwtVerifier implements TokenVerifier, Disposable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #rule: JwtRule | undefined;

  /** No rule yet: no token is good. */
  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Does everything of other settings that can fail; what it answers puts them into force. Keys of the same URL stay.
   * Rejects with a TypeError for a file of keys that can't be used; a URL that can't be reached is no reason.
   *
   * @param settings Undefined when no tokens are asked for.
   */
  async prepare(
    settings: JwtSettings | undefined,
  ): Promise<{ readonly apply: () => void }> {
    if (settings === undefined) return { apply: () => this.#follow(undefined) };
    const { openRule } = await import("./jwt_rule.ts");
    const parts = { clock: this.#clock, logger: this.#logger };
    const open = await openRule(settings, parts);
    return { apply: () => this.#follow(open(this.#rule)) };
  }

  verify(token: string): TokenVerdict | Promise<TokenVerdict> {
    return this.#rule?.verify(token) ?? NO_RULE;
  }

  [Symbol.dispose](): void {
    this.#follow(undefined);
  }

  #follow(rule: JwtRule | undefined): void {
    this.#rule?.retire(rule);
    this.#rule = rule;
  }
}

const NO_RULE: TokenVerdict = {
  kind: "refused",
  code: "token_unverifiable",
  detail: "Tokens can't be checked now",
};
