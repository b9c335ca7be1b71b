/**
 * Which failures a fault excuses. Pure. A request that failed is
 * - "in flight" when it was under way at the instant that a backend or the server was killed, give or take
 *   {@link spareMsOf}, and may have been on that backend: nobody knows what became of it there;
 *   also when it was sent to a frozen backend before its silence could be told from slowness ({@link SILENCE_MS_MAX});
 * - "outage" when it was sent while no server process listened: reported by the length of the outage;
 * - "fast failure" when a backend answered 500 or broke off its answer while it was told to: judged by its share;
 * - "unexcused" in all other cases, which fails the drill.
 */
import { CONNECTION_REFUSED, type FaultRecord, type Sent } from "./records.ts";
import { REQUEST_TIMEOUT_SECONDS } from "./stage.ts";

/** How far apart an instant may be for two processes that take turns on few cores. */
const IN_FLIGHT_MS = 250;
/** What the drill's own lateness may add to that: beyond it the machine is too busy to tell anything. */
const LATENESS_MS_MAX = 2_000;
/** A dead backend gets its last new request this soon. */
export const LAST_REQUEST_MS_MAX = 1_000;
/**
 * A frozen backend is as silent as a busy one until requests time out; a second after the first did, it gets no more.
 */
export const SILENCE_MS_MAX = REQUEST_TIMEOUT_SECONDS * 1000 +
  LAST_REQUEST_MS_MAX;

/** An answer this late was given when the backend was well again. */
const LATE_ANSWER_MS = 1_000;

/** What a failure is. */
export type Verdict = "in flight" | "outage" | "fast failure" | "unexcused";

/**
 * How exactly instants can be told on this machine: how late the drill's own timers were shows how long processes wait
 * for their turn.
 */
export function spareMsOf(latenessMs: number): number {
  return IN_FLIGHT_MS + Math.min(latenessMs, LATENESS_MS_MAX);
}

/** What a failed request is, and the fault that explains it, if one does; instants are off by `spareMs` at most. */
export function verdictOf(
  sent: Sent,
  faults: readonly FaultRecord[],
  spareMs: number,
): { readonly verdict: Verdict; readonly fault: FaultRecord | undefined } {
  for (const fault of faults) {
    const verdict = excuse(sent, fault, spareMs);
    if (verdict !== undefined) return { verdict, fault };
  }
  const fault = faults.find((other) => isDuring(sent, other, spareMs));
  return { verdict: "unexcused", fault };
}

/** When a frozen or failing backend got its last new request, milliseconds after the fault began. */
export function lastRequestMs(
  sent: readonly Sent[],
  fault: FaultRecord,
): number | undefined {
  const there = sent.filter((one) =>
    isProxied(one) && one.sentMs >= fault.fromMs && one.sentMs < fault.toMs &&
    (one.cause === undefined
      ? one.backend === fault.target &&
        one.endMs - one.sentMs >= LATE_ANSWER_MS
      : one.backend === undefined || one.backend === fault.target)
  );
  return there.length === 0
    ? undefined
    : Math.max(...there.map(({ sentMs }) => sentMs)) - fault.fromMs;
}

function excuse(
  sent: Sent,
  fault: FaultRecord,
  spareMs: number,
): Verdict | undefined {
  const { sentMs, endMs, backend } = sent;
  const { fromMs } = fault;
  const mayBeThere = isProxied(sent) &&
    (backend === undefined || backend === fault.target);
  switch (fault.kind) {
    case "backend_killed":
      return mayBeThere && sentMs <= fromMs + spareMs &&
          endMs >= fromMs - spareMs
        ? "in flight"
        : undefined;
    case "backend_frozen":
      return mayBeThere && endMs >= fromMs &&
          sentMs <= fromMs + SILENCE_MS_MAX + spareMs
        ? "in flight"
        : undefined;
    case "backend_answers_500":
    case "backend_cuts_bodies":
      return mayBeThere && isDuring(sent, fault, spareMs)
        ? "fast failure"
        : undefined;
    case "server_killed":
      if (isDown(sent, fault)) return "outage";
      return sentMs <= fromMs && endMs >= fromMs - spareMs
        ? "in flight"
        : undefined;
    case "server_stopped": {
      // What was under way is finished; only what never got a connection may have come too late.
      const isLate = sent.cause === CONNECTION_REFUSED &&
        sentMs >= fromMs - spareMs && sentMs <= fromMs;
      return isLate || isDown(sent, fault) ? "outage" : undefined;
    }
    case "backend_slow":
    case "client_killed":
    case "disk_full":
    case "clock_step":
    case "database_locked":
    case "bad_config":
    case "certificate_swapped":
      return undefined;
  }
}

/** It went to a backend, unless nothing was found for it. */
function isProxied({ lane, cause = "" }: Sent): boolean {
  return lane !== "route" && lane !== "lease" && !cause.startsWith("503 ");
}

/** It was sent while no server listened. */
function isDown({ sentMs }: Sent, { fromMs, toMs }: FaultRecord): boolean {
  return sentMs > fromMs && sentMs <= toMs;
}

function isDuring(
  { sentMs, endMs }: Sent,
  { fromMs, toMs }: FaultRecord,
  spareMs: number,
): boolean {
  return endMs >= fromMs && sentMs <= toMs + spareMs;
}
