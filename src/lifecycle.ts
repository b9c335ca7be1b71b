/**
 * What a running process needs from the world, and how it ends: the system's clock and chance, signals, repeated
 * tasks, deadlines. Owner of no state that outlives its caller.
 */
import type { Clock, Logger, Random } from "./ports.ts";

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** The machine's chance; not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };

/** Signals that ask a process to end. */
const END_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];
/** Exit code of a process that is told to end twice, as a shell reports SIGINT. */
const IMPATIENT_EXIT = 130;

/** Aborts when the process is asked to end; a second request ends it at once. */
export function untilEndSignal(
  logger: Logger,
): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  function onSignal() {
    if (controller.signal.aborted) Deno.exit(IMPATIENT_EXIT);
    logger.info("Asked to end; once more ends at once");
    controller.abort();
  }
  for (const signal of END_SIGNALS) Deno.addSignalListener(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of END_SIGNALS) {
        Deno.removeSignalListener(signal, onSignal);
      }
    },
  };
}

/** Settles when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** Work that has begun and not ended yet. Bounded by whoever brings it: a listener by its connections. */
export class InFlight {
  readonly #work = new Set<Promise<unknown>>();

  /** Follows the work to its end. */
  async track<Value>(work: Promise<Value>): Promise<Value> {
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }

  /** Settles when all that is in flight now has ended, well or not; what begins later is not waited for. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#work);
  }
}

/** Runs a task at an interval until disposed; a task that throws is logged and runs again next time. */
export function every(
  intervalMs: number,
  logger: Logger,
  task: () => void,
): Disposable {
  const timer = setInterval(() => {
    try {
      task();
    } catch (error) {
      logger.error("A periodic task failed; it will run again", { error });
    }
  }, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Whether the work settled before the deadline. */
export async function within(
  deadlineMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  try {
    return await Promise.race([work.then(() => true), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
