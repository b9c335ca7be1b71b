/**
 * The keys that open the API. A key is never logged and never part of an answer. Besides the digests, the keys that
 * have opened are remembered, so no more than there are keys.
 */
import { Buffer } from "node:buffer";
import { hash, timingSafeEqual } from "node:crypto";
import type { ApiFields } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/** The configured keys. */
export class KeyRing {
  readonly #digests: readonly Uint8Array[];
  readonly #opened = new Set<string>();

  /** Empty keys are ignored: the default of `server_key` is empty and must open nothing. */
  constructor(keys: readonly string[]) {
    this.#digests = keys.filter((key) => key !== "")
      .map((key) => digest(Buffer.from(key, "utf8").toString("latin1")));
  }

  /** Why these header fields don't open the API, or undefined when they do. `X-API-Key` counts before a bearer. */
  refusal(headers: ApiFields): Problem | undefined {
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
   * much of a key was right or which one it was. A key that has opened before is found by the hash of the whole of it,
   * which a key that is nearly right does not have; hashing with SHA-256 costs a third of a `/route`.
   */
  #holds(key: string): boolean {
    if (this.#opened.has(key)) return true;
    const offered = digest(key);
    let held = false;
    for (const known of this.#digests) {
      held = timingSafeEqual(known, offered) || held;
    }
    if (held) this.#opened.add(key);
    return held;
  }
}

/** SHA-256 of a key as a header field holds it: one character per byte. */
function digest(key: string): Uint8Array {
  return hash("sha256", key, "buffer");
}

/** The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1); the scheme's case does not matter. */
function bearer(headers: ApiFields): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}
