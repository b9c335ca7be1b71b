/**
 * The origins that requests are sent to, by URL. Owner: the edge; bounded by the endpoints that backends register, and
 * one that nobody asks for is forgotten.
 */
import type { Origin } from "./origin.ts";
import { originOf } from "./origin.ts";
import type { Upstream } from "./upstream.ts";

/** How long an origin without connections is remembered. */
const FORGET_AFTER_MS = 600_000;

/** Finds and forgets origins. */
export class Origins {
  readonly #byUrl = new Map<string, Origin>();

  /** The origin of an endpoint; undefined when it is not an http or https URL. */
  get(url: string, now: number): Origin | undefined {
    let origin = this.#byUrl.get(url);
    if (origin === undefined) {
      origin = originOf(url);
      if (origin === undefined) return undefined;
      this.#byUrl.set(url, origin);
    }
    origin.lastUsedAt = now;
    return origin;
  }

  /** Open connections to all of them. */
  get openCount(): number {
    let count = 0;
    for (const origin of this.#byUrl.values()) count += origin.openCount;
    return count;
  }

  /** Closes the connections that waited too long, and forgets origins. */
  sweep(now: number): void {
    for (const [url, origin] of this.#byUrl) {
      for (const upstream of origin.takeExpired(now)) upstream.close();
      const isUnused = origin.openCount === 0 &&
        now - origin.lastUsedAt > FORGET_AFTER_MS;
      if (isUnused) this.#byUrl.delete(url);
    }
  }

  /** Closes every TLS connection that waits. */
  closeIdleTls(): void {
    for (const origin of this.#byUrl.values()) {
      if (!origin.isTls) continue;
      for (const upstream of origin.takeExpired(Infinity)) upstream.close();
    }
  }

  /** Closes the connections that wait and of which this is true. */
  closeIdle(isUnfit: (upstream: Upstream) => boolean): void {
    for (const origin of this.#byUrl.values()) {
      for (const upstream of origin.takeUnfit(isUnfit)) upstream.close();
    }
  }

  /** Closes every connection that waits. */
  close(): void {
    for (const origin of this.#byUrl.values()) {
      for (const upstream of origin.takeExpired(Infinity)) upstream.close();
    }
  }
}
