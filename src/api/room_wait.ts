/**
 * An ask that waits for room, as a promise: it ends with room, with a refusal, with the caller's leaving or with the
 * server's stopping. The queue is the balancer's, which bounds it in number and in time.
 */
import type { Balancer } from "../engine/balancer.ts";
import type { Ask } from "../engine/decision.ts";
import type { Waited } from "../engine/wait_queue.ts";

/** How waiting ended. */
export type WaitEnd =
  | { readonly kind: "waited"; readonly waited: Waited }
  | { readonly kind: "caller_left" }
  | { readonly kind: "draining" };

/** What ends the waiting early. */
export interface WaitSignals {
  /** Aborts when the caller leaves. */
  readonly caller: AbortSignal;
  /** Aborts when the server begins to stop; undefined for never. */
  readonly drain: AbortSignal | undefined;
}

/** Waits for room from `now` on; undefined when nobody may wait, or too many do. */
export function waitForRoom(
  balancer: Balancer,
  ask: Ask,
  now: number,
  { caller, drain }: WaitSignals,
): Promise<WaitEnd> | undefined {
  const ended = Promise.withResolvers<WaitEnd>();
  const withdraw = balancer.wait(
    ask,
    now,
    (waited) => ended.resolve({ kind: "waited", waited }),
  );
  if (withdraw === undefined) return undefined;
  const leave = () => {
    withdraw();
    ended.resolve({ kind: "caller_left" });
  };
  const stop = () => {
    withdraw();
    ended.resolve({ kind: "draining" });
  };
  caller.addEventListener("abort", leave);
  drain?.addEventListener("abort", stop);
  if (caller.aborted) leave();
  if (drain?.aborted) stop();
  return ended.promise.finally(() => {
    caller.removeEventListener("abort", leave);
    drain?.removeEventListener("abort", stop);
  });
}
