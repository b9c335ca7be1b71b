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

/** A variable of the process's environment. */
export function systemVariable(name: string): string | undefined {
  return Deno.env.get(name);
}

/** Signals that ask a process to end. */
const END_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];
/** Exit code of a process that is told to end twice, as a shell reports SIGINT. */
const IMPATIENT_EXIT = 130;

/** Why a signal of {@link untilEndSignal} aborts. */
export class EndRequest extends Error {
  /** What the process was sent. */
  readonly signal: Deno.Signal;

  constructor(signal: Deno.Signal) {
    super(`Asked to end by ${signal}`);
    this.name = "EndRequest";
    this.signal = signal;
  }
}

/** Aborts with an {@link EndRequest} when the process is asked to end; a second request ends it at once. */
export function untilEndSignal(
  logger: Logger,
): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const listeners = END_SIGNALS.map((name) => {
    function onSignal() {
      if (controller.signal.aborted) Deno.exit(IMPATIENT_EXIT);
      logger.info("Asked to end; once more ends at once");
      controller.abort(new EndRequest(name));
    }
    Deno.addSignalListener(name, onSignal);
    return { name, onSignal };
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const { name, onSignal } of listeners) {
        Deno.removeSignalListener(name, onSignal);
      }
    },
  };
}

/** Errors of one second that are logged; of more, the number. */
const STRAY_ERRORS_LOGGED_MAX = 5;

/**
 * Keeps the process alive when something throws that no request, timer or promise of ours answers for, such as a callback
 * of the runtime: it is logged with its stack, and everything else goes on. Until it is disposed of.
 */
export function surviveStrayErrors(logger: Logger): Disposable {
  let windowEnd = -Infinity;
  let count = 0;
  function note(event: Event, error: unknown) {
    event.preventDefault();
    const now = performance.now();
    if (now >= windowEnd) {
      windowEnd = now + 1000;
      count = 0;
    }
    if (++count > STRAY_ERRORS_LOGGED_MAX) return;
    const stack = error instanceof Error ? error.stack : undefined;
    const message =
      "Something failed that no request stands for; all else goes on";
    logger.error(message, { error, stack });
  }
  const onError = (event: ErrorEvent) => note(event, event.error);
  const onRejection = (event: PromiseRejectionEvent) =>
    note(event, event.reason);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    },
  };
}

/** The signal that asks for the configuration to be loaded again; Windows has none. */
const RELOAD_SIGNAL: Deno.Signal | undefined = Deno.build.os === "windows"
  ? undefined
  : "SIGHUP";

/**
 * Listens for the signal from its construction to its end, also while nobody heeds it: left to the system, it would end a
 * process that starts or stops.
 */
export class ReloadSignal implements Disposable {
  #heeded: () => void = () => {};
  readonly #listener = () => this.#heeded();

  constructor() {
    if (RELOAD_SIGNAL !== undefined) {
      Deno.addSignalListener(RELOAD_SIGNAL, this.#listener);
    }
  }

  /** Calls this at each signal, until disposed of. */
  heed(onSignal: () => void): Disposable {
    this.#heeded = onSignal;
    return { [Symbol.dispose]: () => this.#heeded = () => {} };
  }

  [Symbol.dispose](): void {
    if (RELOAD_SIGNAL !== undefined) {
      Deno.removeSignalListener(RELOAD_SIGNAL, this.#listener);
    }
  }
}

/** Settles when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** A path for a unix socket that only this user reaches; its folder goes with it, also when the process exits at once. */
export function privateSocket(): { readonly path: string } & Disposable {
  const dir = Deno.env.get("RUNTIME_DIRECTORY");
  const folder = Deno.makeTempDirSync({
    prefix: "opsen-",
    ...(dir !== undefined && { dir }),
  });
  const remove = () => Deno.removeSync(folder, { recursive: true });
  globalThis.addEventListener("unload", remove);
  return {
    path: `${folder}/api`,
    [Symbol.dispose]() {
      globalThis.removeEventListener("unload", remove);
      remove();
    },
  };
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

/** Time between two attempts to listen again. */
const LISTEN_AGAIN_MS = 100;

/**
 * A listener on a unix socket that comes back. Deno's accept loop ends for good when the process runs out of file
 * descriptors, and what nobody handles of it ends the process: one caller with many connections would be enough.
 */
export class StandingServer {
  readonly #options: Deno.ServeUnixOptions;
  readonly #handler: Deno.ServeHandler<Deno.UnixAddr>;
  readonly #logger: Logger;
  #current: Deno.HttpServer<Deno.UnixAddr>;
  #cut = new AbortController();
  #isStopping = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Listens; throws when that is not possible at the start. */
  constructor(
    options: Deno.ServeUnixOptions,
    handler: Deno.ServeHandler<Deno.UnixAddr>,
    logger: Logger,
  ) {
    this.#options = { ...options, onListen: () => {} };
    this.#handler = handler;
    this.#logger = logger;
    this.#current = this.#listen();
  }

  /** Takes no further connections and settles when those that are open have ended. */
  async shutdown(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#current.shutdown();
  }

  /** Ends every connection at once; not after {@link shutdown}, which Deno answers with an error. */
  cutOff(): void {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    this.#cut.abort();
  }

  #listen(): Deno.HttpServer<Deno.UnixAddr> {
    this.#cut = new AbortController();
    const server = Deno.serve(
      { ...this.#options, signal: this.#cut.signal },
      this.#handler,
    );
    server.finished.catch((error) => {
      if (this.#isStopping) return;
      this.#logger.error(
        "Connections can't be accepted for a moment; max open files may be too low (ulimit -n)",
        { error },
      );
      this.#listenLater();
    });
    return server;
  }

  #listenLater(): void {
    this.#timer = setTimeout(() => {
      try {
        removeSocket(this.#options.path);
        this.#current = this.#listen();
        this.#logger.info("Connections are accepted again");
      } catch {
        this.#listenLater();
      }
    }, LISTEN_AGAIN_MS);
  }
}

/** The file of a unix socket stays when its listener has ended, but somebody else may have removed it. */
function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Runs a task at an interval until disposed; a task that throws is logged and runs again next time. The task is told how
 * much later than it should it runs, milliseconds.
 */
export function every(
  intervalMs: number,
  logger: Logger,
  task: (lateMs: number) => void,
): Disposable {
  let due = performance.now() + intervalMs;
  const timer = setInterval(() => {
    const now = performance.now();
    const lateMs = Math.max(0, now - due);
    due = now + intervalMs;
    try {
      task(lateMs);
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
