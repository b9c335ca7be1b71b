/** The server of a drill: a process that is killed and started again on the same port and database. */
import { fileURLToPath } from "node:url";
import { decisionsAnswer } from "../../src/wire/decision_answer.ts";
import { clientViews } from "../../src/wire/client_view.ts";
import { type HealthAnswer, healthAnswer } from "../../src/wire/answers.ts";
import { leasesAnswer } from "../../src/wire/lease_answer.ts";
import { type OpsenProcess, startOpsen } from "../e2e/opsen_process.ts";
import { endProcess } from "./end_process.ts";

/** What is kept of the output of ended processes, characters. */
const LOG_CHARS_MAX = 400_000;
/** So that a question to a server that hangs ends. */
const ASK_MS_MAX = 10_000;
/** Placements that are asked for at once, as many as the server keeps. */
const DECISIONS_MAX = 1000;

/** How a drill's server is run. */
export interface ServerOptions {
  readonly folder: string;
  readonly port: number;
  /** An executable instead of this checkout. */
  readonly binary: string | undefined;
  /** How callers reach it, and with what they trust it. */
  readonly tls: Deno.HttpClient | undefined;
}

/** The server, running or not. */
export class DrillServer implements AsyncDisposable {
  readonly url: string;
  readonly configFile: string;
  readonly databaseFile: string;
  readonly shiftFile: string;
  readonly #options: ServerOptions;
  #process: OpsenProcess | undefined;
  #oldLog = "";

  /** Not started yet. */
  constructor(options: ServerOptions) {
    const { folder, port, tls } = options;
    this.#options = options;
    this.url = tls === undefined
      ? `http://127.0.0.1:${port}`
      : `https://localhost:${port}`;
    this.configFile = `${folder}/server.yml`;
    this.databaseFile = `${folder}/opsen.db`;
    this.shiftFile = `${folder}/clock_shift_ms`;
    Deno.writeTextFileSync(this.shiftFile, "0");
  }

  /** The process; throws when there is none. */
  get process(): OpsenProcess {
    if (this.#process === undefined) throw new Error("No server is running");
    return this.#process;
  }

  /** Starts it; settles when it listens. */
  async start(): Promise<void> {
    const { binary, folder } = this.#options;
    const wrapper = fileURLToPath(
      new URL("./server_process.ts", import.meta.url),
    );
    const program = binary === undefined
      ? [Deno.execPath(), "run", "-A", "--no-prompt", wrapper, this.shiftFile]
      : [binary, "server"];
    // A write beyond a limit of the file size is then an error, as on a full disk, and no signal.
    this.#process = await startOpsen(
      [
        ...["-c", 'trap "" XFSZ; exec "$@"', "sh", ...program],
        ...["--config", this.configFile],
      ],
      // A killed process leaves its temporary files behind.
      { executable: "sh", env: { TMPDIR: folder } },
    );
    await this.#process.said(/Listening .*\bport=\d+ /);
  }

  /** Ends it with a signal; how it ended. */
  async end(signal: Deno.Signal): Promise<number> {
    const { code, stdout, stderr } = await endProcess(this.process, signal);
    this.#process = undefined;
    this.#oldLog = (this.#oldLog + stdout + stderr).slice(-LOG_CHARS_MAX);
    return code;
  }

  /** What it logged, and what those before it logged. */
  log(): string {
    const { stdout = "", stderr = "" } = this.#process?.output() ?? {};
    return this.#oldLog + stdout + stderr;
  }

  /** Asks the API. */
  async ask(
    path: string,
    init: RequestInit = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const { tls } = this.#options;
    const response = await fetch(this.url + path, {
      ...init,
      signal: AbortSignal.timeout(ASK_MS_MAX),
      ...(tls !== undefined && { client: tls }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** What it says of itself. */
  async health(): Promise<HealthAnswer> {
    return healthAnswer.parse((await this.ask("/health")).body);
  }

  /** Why each backend can't be chosen; null where it can. */
  async obstacles(): Promise<ReadonlyMap<string, string | null>> {
    const { body } = await this.ask("/clients");
    return new Map(
      clientViews.parse(body).map((view) => [
        view.client_id,
        view.is_active ? view.not_routable_because : "not active",
      ]),
    );
  }

  /** Ids of all leases. */
  async leaseIds(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for (let after: string | undefined = ""; after !== undefined;) {
      const { body } = await this.ask(`/_opsen/leases?after=${after}`);
      const { leases, next } = leasesAnswer.parse(body);
      for (const { lease_id: id } of leases) ids.add(id);
      after = next;
    }
    return ids;
  }

  /** When the log last shows a placement on a backend, wall-clock milliseconds; undefined when it shows none. */
  async lastPlacementMs(backend: string): Promise<number | undefined> {
    const path = `/_opsen/decisions?limit=${DECISIONS_MAX}`;
    const { decisions } = decisionsAnswer.parse((await this.ask(path)).body);
    const last = decisions.find(({ client_id: id }) => id === backend);
    return last === undefined ? undefined : Date.parse(last.at);
  }

  /** Ends it, whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== undefined) await this.end("SIGKILL");
  }
}
