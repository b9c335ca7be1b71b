/** Ctrl+C while a command waits: it says first how things stand, and a second one ends it at once. */

/** Exit code after SIGINT, as a shell reports it. */
export const INTERRUPTED_EXIT = 130;

/** Aborts at SIGINT, or whichever of these signals comes, until it is disposed of. */
export function untilInterrupted(
  signals: readonly Deno.Signal[] = ["SIGINT"],
): {
  readonly signal: AbortSignal;
} & Disposable {
  const controller = new AbortController();
  function onSignal() {
    if (controller.signal.aborted) Deno.exit(INTERRUPTED_EXIT);
    controller.abort();
  }
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    },
  };
}
