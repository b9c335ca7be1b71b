/** One member of the drill's fleet: a backend and the client that reports for its machine, each a process of its own. */
import { fileURLToPath } from "node:url";
import { type OpsenProcess, startOpsen } from "../e2e/opsen_process.ts";
import { freePort } from "../free_port.ts";
import type { BackendMode } from "./backend_process.ts";
import { endProcess } from "./end_process.ts";

/** What a member is started with. */
export interface MemberOptions {
  readonly id: string;
  /** A folder of its own. */
  readonly folder: string;
  readonly serverUrl: string;
}

/** A backend and its client. */
export class Member implements AsyncDisposable {
  readonly id: string;
  readonly port = freePort();
  readonly #controlPort = freePort();
  readonly #options: MemberOptions;
  #backend: OpsenProcess | undefined;
  #client: OpsenProcess | undefined;

  /** Not started yet. */
  constructor(options: MemberOptions) {
    this.id = options.id;
    this.#options = options;
    Deno.mkdirSync(options.folder);
  }

  /** Starts the backend; settles when it listens. */
  async startBackend(): Promise<void> {
    const ports = [String(this.port), String(this.#controlPort)];
    const backend = await startOpsen(
      [...ownProgram("backend_process.ts"), this.id, ...ports],
      { executable: Deno.execPath() },
    );
    this.#backend = backend;
    void this.#sayUnlessAsked(backend);
    await backend.said(/ready/);
  }

  /** Starts the client; it registers by itself. */
  async startClient(): Promise<void> {
    const { folder, serverUrl, id } = this.#options;
    const settings = {
      server_url: serverUrl,
      insecure_tls: "true",
      client_id: id,
      hostname: id,
      endpoint_url: `http://127.0.0.1:${this.port}`,
      state_dir: folder,
      window_minutes: "1",
      report_interval_seconds: "1",
    };
    this.#client = await startOpsen([
      ...ownProgram("client_process.ts"),
      folder,
      ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    ], { executable: Deno.execPath() });
  }

  /** Signals the backend. */
  signal(signal: Deno.Signal): void {
    this.#backend?.kill(signal);
  }

  /** Ends the backend as a crash would. */
  async killBackend(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    if (backend) await endProcess(backend, "SIGKILL");
  }

  /** Ends the client as a crash would. */
  async killClient(): Promise<void> {
    if (this.#client) await endProcess(this.#client, "SIGKILL");
    this.#client = undefined;
  }

  /** Has the backend answer differently from now on. */
  async answer(mode: BackendMode): Promise<void> {
    const url = `http://127.0.0.1:${this.#controlPort}/`;
    const response = await fetch(url, { method: "POST", body: mode });
    await response.body?.cancel();
  }

  /** A backend that ends by itself is the drill's own fault, and would look like the product's. */
  async #sayUnlessAsked(backend: OpsenProcess): Promise<void> {
    const { code, signal, stdout, stderr } = await backend.ended();
    if (this.#backend !== backend) return;
    const how = signal ?? `code ${code}`;
    console.error(`${this.id} ended by itself (${how}): ${stdout}${stderr}`);
  }

  /** Ends both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.killClient();
    await this.killBackend();
  }
}

function ownProgram(file: string): string[] {
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url));
  return ["run", "-A", "--no-prompt", path];
}
