/** A way between a caller and a listener that can be blocked or torn, which TLS of one process alone can't show. */

/** Passes one connection on to a port. */
export class Relay implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #ends: Deno.Conn[] = [];
  readonly #passing: Promise<void>;
  #blocked: PromiseWithResolvers<void> | undefined;

  /** Listens for its caller. */
  constructor(target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#passing = this.#run(target);
  }

  /** Takes nothing further from the listener's side. */
  block(): void {
    this.#blocked = Promise.withResolvers<void>();
  }

  /** Cuts both connections off, as a process that is killed does. */
  tear(): void {
    this.#blocked?.resolve();
    for (const end of this.#ends.splice(0)) end.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tear();
    this.#listener.close();
    await this.#passing;
  }

  async #run(target: number): Promise<void> {
    try {
      const caller = await this.#listener.accept();
      this.#ends.push(caller);
      const driver = await Deno.connect({
        hostname: "127.0.0.1",
        port: target,
      });
      this.#ends.push(driver);
      await Promise.all([
        this.#pass(caller, driver, false),
        this.#pass(driver, caller, true),
      ]);
    } catch {
      // Torn.
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, canBlock: boolean) {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        if (canBlock) await this.#blocked?.promise;
        const count = await from.read(buffer);
        if (count === null) break;
        for (let at = 0; at < count;) {
          at += await to.write(buffer.subarray(at, count));
        }
      }
    } catch {
      // Torn.
    }
    this.tear();
  }
}
