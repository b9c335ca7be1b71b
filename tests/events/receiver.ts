/** A program that hears of events: keeps what it is sent, and answers what it is told to. */

/** One request. */
export interface Heard {
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the text. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** Answers one request. */
export type AnswerNext = (heard: Heard) => Response | Promise<Response>;

/** A receiver on a loopback port. */
export class Receiver implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #waiting: (() => void)[] = [];

  /** Answers 204 unless told. */
  constructor(
    answer: AnswerNext = () => new Response(null, { status: 204 }),
    tls: { readonly cert: string; readonly key: string } | undefined =
      undefined,
  ) {
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        onError: () => new Response(null, { status: 500 }),
        ...tls,
      },
      async (request) => {
        const text = await request.text();
        const { pathname, search } = new URL(request.url);
        const heard = {
          path: pathname + search,
          headers: request.headers,
          text,
          event: JSON.parse(text),
        };
        this.heard.push(heard);
        for (const wake of this.#waiting.splice(0)) wake();
        return await answer(heard);
      },
    );
  }

  /** Its port. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Its address. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/events`;
  }

  /** Settles when it was asked so often. */
  async until(count: number): Promise<void> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** One field of every event, oldest first. */
  all(name: string): unknown[] {
    return this.heard.map(({ event }) => event[name]);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
