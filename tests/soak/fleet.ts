/** The backends of a soak: processes that are killed and come back on their port. Bounded by {@link FLEET}. */
import { fileURLToPath } from "node:url";
import { freePort } from "../free_port.ts";

/** Enough that a killed one can be passed over. */
const FLEET = 3;
/** How long a killed one stays away: requests find nobody there meanwhile. */
const AWAY_MS = 200;

/** Backends that can be killed. */
export class Fleet implements AsyncDisposable {
  readonly ports: readonly number[] = Array.from({ length: FLEET }, freePort);
  readonly #children = new Map<number, Deno.ChildProcess>();

  /** Settles when all listen. */
  async start(): Promise<void> {
    await Promise.all(this.ports.map((port) => this.#start(port)));
  }

  /** Kills one and starts it again. */
  async killOne(choice: number): Promise<void> {
    const port = this.ports[choice % FLEET] ?? 0;
    await this.#kill(port);
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    await this.#start(port);
  }

  /** Kills all. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.killAll();
  }

  /** Kills all; they can be started again. */
  async killAll(): Promise<void> {
    await Promise.all(this.ports.map((port) => this.#kill(port)));
  }

  async #start(port: number): Promise<void> {
    const program = fileURLToPath(
      new URL("./origin_process.ts", import.meta.url),
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-net", program, String(port)],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#children.set(port, child);
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    if (done) throw new Error(`The backend at port ${port} did not start`);
  }

  async #kill(port: number): Promise<void> {
    const child = this.#children.get(port);
    this.#children.delete(port);
    child?.kill("SIGKILL");
    await child?.status;
  }
}
