/**
 * Stands where a dead backend was, and counts who still comes with a request. Nobody is answered, so that to a probe
 * the backend stays dead. Bounded by {@link HEAD_BYTES_MAX} for each connection that is open at a time.
 */

/** Enough of a request to see its path. */
const HEAD_BYTES_MAX = 256;

/** A listener on a dead backend's port. */
export class PortWatch implements AsyncDisposable {
  /** First lines of the requests that came, probes left out. */
  readonly requests: string[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #done: Promise<void>;

  /** Listens; throws when the port is taken. */
  constructor(port: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#done = this.#watch();
  }

  /** Frees the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  async #watch(): Promise<void> {
    const looks = new Set<Promise<void>>();
    for await (const connection of this.#listener) {
      const look = this.#look(connection).catch(() => {});
      looks.add(look);
      look.finally(() => looks.delete(look));
    }
    await Promise.all(looks);
  }

  async #look(connection: Deno.TcpConn): Promise<void> {
    using open = connection;
    const bytes = new Uint8Array(HEAD_BYTES_MAX);
    const length = await open.read(bytes) ?? 0;
    const [line = ""] = new TextDecoder().decode(bytes.subarray(0, length))
      .split("\r\n");
    // Health is asked of dead backends too, and a probe may also only connect.
    if (line !== "" && !line.includes(" /health ")) this.requests.push(line);
  }
}
