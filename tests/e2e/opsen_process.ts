/**
 * A real Opsen process for tests: `OPSEN_BIN` when it names an executable, else this checkout run by Deno. What it
 * prints is kept, bounded, for the message of a failed test.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Output kept of each stream, characters. */
const MOST_OUTPUT = 200_000;
/** Time for a process to become ready or to end. */
const PATIENCE_MS = 20_000;
/** How long a process that is disposed of has to end well. */
const HURRY_AFTER_MS = 50;
const RETRY_MS = 50;

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process. */
export interface OpsenProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it printed so far. */
  output(): { stdout: string; stderr: string };
  /** Settles when a line matches; rejects when the process ends first. */
  said(pattern: RegExp): Promise<void>;
  /** Sends a signal. */
  kill(signal: Deno.Signal): void;
  /** Settles when it has ended by itself. */
  ended(): Promise<Ended>;
  /** SIGTERM, then SIGKILL when it takes too long; safe to call twice. */
  stop(): Promise<Ended>;
}

/** Settings of {@link startOpsen}. */
export interface StartOptions {
  /** A URL that answers once the process is ready. */
  readonly ready?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The executable, when it is not the one that {@link opsenCommand} names. */
  readonly executable?: string;
}

/** Program and first arguments that run Opsen here. */
export function opsenCommand(): [string, ...string[]] {
  const executable = Deno.env.get("OPSEN_BIN");
  // Some tests start it in a folder of their own.
  if (executable !== undefined) return [resolve(executable)];
  return [
    Deno.execPath(),
    "run",
    "-A",
    "--no-prompt",
    fileURLToPath(new URL("../../main.ts", import.meta.url)),
  ];
}

/** Runs Opsen to its end. */
export async function runOpsen(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  const opsen = await startOpsen(args, options);
  return await opsen.ended();
}

/** Starts Opsen. */
export async function startOpsen(
  args: readonly string[],
  options: StartOptions = {},
): Promise<OpsenProcess> {
  const [program, ...first] = options.executable === undefined
    ? opsenCommand()
    : [options.executable];
  const child = new Deno.Command(program, {
    args: [...first, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // No test asks strangers where it runs.
    env: { NO_COLOR: "1", OPSEN_SKIP_GEOLOCATION: "true", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const stdout = new Collected(child.stdout);
  const stderr = new Collected(child.stderr);
  let over = false;
  const ended = (async (): Promise<Ended> => {
    const { code, signal } = await child.status;
    over = true;
    await Promise.all([stdout.done, stderr.done]);
    return { code, signal, stdout: stdout.text, stderr: stderr.text };
  })();
  /** Asks it to end, unless it has: the runtime knows of that before it is told here. */
  function tell(signal: Deno.Signal): void {
    try {
      if (!over) child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  const opsen: OpsenProcess = {
    pid: child.pid,
    output: () => ({ stdout: stdout.text, stderr: stderr.text }),
    kill: (signal) => child.kill(signal),
    ended: () => ended,
    async said(pattern) {
      await until(
        () => pattern.test(stdout.text + stderr.text),
        () => over,
        `say ${pattern}`,
        opsen,
      );
    },
    async stop() {
      tell("SIGTERM");
      const timer = setTimeout(() => tell("SIGKILL"), PATIENCE_MS);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    async [Symbol.asyncDispose]() {
      // Nobody looks at how it ends: a good end waits a second for idle callers, a second signal for nobody.
      const hurry = setTimeout(() => tell("SIGTERM"), HURRY_AFTER_MS);
      try {
        await opsen.stop();
      } finally {
        clearTimeout(hurry);
      }
    },
  };
  if (options.ready !== undefined) {
    const url = options.ready;
    await until(() => answers(url), () => over, `answer ${url}`, opsen);
  }
  return opsen;
}

/** One output stream, collected while it comes. */
class Collected {
  text = "";
  readonly done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.done = this.#collect(stream);
  }

  async #collect(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      this.text = (this.text + piece).slice(-MOST_OUTPUT);
    }
  }
}

async function until(
  holds: () => boolean | Promise<boolean>,
  over: () => boolean,
  what: string,
  opsen: OpsenProcess,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await holds()) {
    if (over() || performance.now() > deadline) {
      const { stdout, stderr } = opsen.output();
      await opsen.stop();
      throw new Error(`Opsen did not ${what}; it said: ${stdout}${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
