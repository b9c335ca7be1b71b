/** How long it counts what the place service said, or that it said nothing. Owns no state. */
import type { AskedPlace } from "./place_cache.ts";
import type { SaidPlace } from "./said_place.ts";

/** How long an answer counts, milliseconds: machines move, addresses change hands. */
const ANSWER_MS = 7 * 86_400_000;
/** Age at which another one is asked for, milliseconds: where the service is away then, there is a day left to try. */
const RENEWAL_MS = 6 * 86_400_000;
/** How long nobody asks after a failure, milliseconds, so that a machine without a way out does not try at each start. */
const FAILURE_MS = 3_600_000;

/** The service's answer, as long as it counts. */
export function answerAt(
  nowMs: number,
  { found }: AskedPlace,
): SaidPlace | undefined {
  return found !== undefined && leftMs(found.atMs, ANSWER_MS, nowMs) > 0
    ? found.said
    : undefined;
}

/** Time until the service should be asked, milliseconds; 0 for at once. */
export function dueInMs({ found, failed }: AskedPlace, nowMs: number): number {
  if (failed !== undefined) return leftMs(failed.atMs, FAILURE_MS, nowMs);
  return found === undefined ? 0 : leftMs(found.atMs, RENEWAL_MS, nowMs);
}

/** What is left of a span, milliseconds; nothing when it begins in the future, where only a wrong clock can put it. */
function leftMs(sinceMs: number, spanMs: number, nowMs: number): number {
  return nowMs < sinceMs ? 0 : Math.max(0, sinceMs + spanMs - nowMs);
}
