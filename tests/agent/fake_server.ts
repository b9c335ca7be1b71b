/** A server on a real socket that answers as a test tells it and remembers what it was told. */

/** One message as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** What to answer; a status stands for an empty answer, "hang" for none. */
export type Reply = Response | number | "hang";

/** Listens on a free port of the loopback interface. */
export class FakeServer implements AsyncDisposable {
  /** All messages, oldest first. */
  readonly received: Received[] = [];
  /** Remote ends of all connections. */
  readonly connections = new Set<number>();
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #released = Promise.withResolvers<void>();

  constructor(
    reply: (message: Received) => Reply,
    tls?: { readonly cert: string; readonly key: string },
  ) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...tls,
    }, async (request, { remoteAddr }) => {
      this.connections.add(remoteAddr.port);
      const message: Received = {
        path: new URL(request.url).pathname,
        headers: request.headers,
        body: JSON.parse(await request.text()),
      };
      this.received.push(message);
      const answer = reply(message);
      if (answer === "hang") {
        await this.#released.promise;
        return new Response();
      }
      return typeof answer === "number"
        ? new Response(null, { status: answer })
        : answer;
    });
    const scheme = tls === undefined ? "http" : "https";
    this.url = `${scheme}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The paths of all messages, oldest first. */
  get paths(): string[] {
    return this.received.map(({ path }) => path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.resolve();
    await this.#server.shutdown();
  }
}
