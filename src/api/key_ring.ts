/** The keys that open the API. Only their digests are kept; a key is never logged and never part of an answer. */
import { Buffer } from "node:buffer";
import { hash, timingSafeEqual } from "node:crypto";
import { type Problem, problem } from "./problems.ts";

/** The configured keys. */
export class KeyRing {
  readonly #digests: readonly Uint8Array[];

  /** Empty keys are ignored: the default of `server_key` is empty and must open nothing. */
  constructor(keys: readonly string[]) {
    this.#digests = keys.filter((key) => key !== "")
      .map((key) => digest(Buffer.from(key, "utf8").toString("latin1")));
  }

  /** Why these header fields don't open the API, or undefined when they do. `X-API-Key` counts before a bearer. */
  refusal(headers: Headers): Problem | undefined {
    if (this.#digests.length === 0) return undefined;
    const key = headers.get("x-api-key") || bearer(headers);
    if (!key) {
      return problem("missing_key", "Missing API key", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    return this.#holds(key)
      ? undefined
      : problem("wrong_key", "Invalid API key");
  }

  /**
   * Compares digests of equal length in constant time and all of them, so that the time taken says nothing about how
   * much of a key was right or which one it was.
   */
  #holds(key: string): boolean {
    const offered = digest(key);
    let held = false;
    for (const known of this.#digests) {
      held = timingSafeEqual(known, offered) || held;
    }
    return held;
  }
}

/** SHA-256 of a key as a header field holds it: one character per byte. */
function digest(key: string): Uint8Array {
  return hash("sha256", key, "buffer");
}

/** The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1); the scheme's case does not matter. */
function bearer(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}
