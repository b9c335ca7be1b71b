/** Other people's programs, run beside the bench and ended by it. */

/** Output kept for the message of a failure, characters. */
const OUTPUT_CHARS_MAX = 10_000;
/** Time for a program to listen, and to end once it is asked to. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 20;
/** The kernel counts in USER_HZ, 100 per second on x86-64 and arm64. */
const MS_PER_TICK = 10;

/** A program that listens on a port until it is disposed of. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
}

/** How to start one. */
export interface ProgramStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A port of 127.0.0.1 that it listens on once it is ready. */
  readonly port: number;
}

/** Starts a program and waits until it listens. */
export async function startProgram(start: ProgramStart): Promise<Program> {
  const child = new Deno.Command(start.program, {
    args: [...start.args],
    env: { ...start.env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  let over = false;
  const reading = (async () => {
    for await (
      const piece of child.stderr.pipeThrough(new TextDecoderStream())
    ) {
      said = (said + piece).slice(-OUTPUT_CHARS_MAX);
    }
  })();
  const ended = child.status.then(() => over = true);
  const program: Program = {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGTERM");
      const timer = setTimeout(
        () => over || child.kill("SIGKILL"),
        PATIENCE_MS,
      );
      await Promise.all([ended, reading]);
      clearTimeout(timer);
    },
  };
  const deadline = performance.now() + PATIENCE_MS;
  while (!await listens(start.port)) {
    if (over || performance.now() > deadline) {
      await program[Symbol.asyncDispose]();
      throw new Error(`"${start.program}" does not listen; it said: ${said}`);
    }
    await pause(RETRY_MS);
  }
  return program;
}

/** Whether a program is installed. */
export async function isInstalled(program: string): Promise<boolean> {
  const path = Deno.env.get("PATH") ?? "";
  for (const folder of [...path.split(":"), "/usr/sbin", "/usr/local/sbin"]) {
    const found = await Deno.stat(`${folder}/${program}`).catch(() => null);
    if (found?.isFile === true) return true;
  }
  return false;
}

/** Resident memory of a process, MB. */
export function rssMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** User and system time of a process and its children so far, milliseconds. */
export function cpuMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // Fields 14 and 15 of proc_pid_stat(5); the name before them may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const own = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
    .split(" ").filter((child) => child !== "")
    .reduce((sum, child) => sum + cpuMs(Number(child)), own);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
