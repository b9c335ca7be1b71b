/** Ctrl+C while a command waits: it says first how things stand, and a second one ends it at once. */

/** Exit code after SIGINT, as a shell reports it. */
export const INTERRUPTED_EXIT = 130;

/** Aborts at SIGINT until it is disposed of. */
export function untilInterrupted(): {
  readonly signal: AbortSignal;
} & Disposable {
  const controller = new AbortController();
  function onSignal() {
    if (controller.signal.aborted) Deno.exit(INTERRUPTED_EXIT);
    controller.abort();
  }
  Deno.addSignalListener("SIGINT", onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", onSignal),
  };
}
