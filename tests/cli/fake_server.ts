/** A server for tests of commands: answers what it is given, and keeps what it was asked. */
import { opsen, type Ran } from "./fake_shell.ts";

/** What a {@link FakeServer} was asked. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers every request with the same status and JSON. */
export class FakeServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: unknown, status = 200, headers: HeadersInit = {}) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        this.asked.push({
          method: request.method,
          path: pathname + search,
          headers: request.headers,
          body: await request.text(),
        });
        return Response.json(answer, { status, headers });
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Runs `opsen` against this server. */
  run(...args: string[]): Promise<Ran> {
    return opsen(args, { OPSEN_SERVER_URL: this.url });
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** How a command ends that asks a server for this. */
export async function answered(
  args: readonly string[],
  answer: unknown,
  status = 200,
): Promise<Ran> {
  await using server = new FakeServer(answer, status);
  return await server.run(...args);
}

/** A refusal as the server writes it. */
export function refusal(
  code: string,
  detail: string,
  extras: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    type: `urn:opsen:problem:${code}`,
    title: detail,
    status: 503,
    detail,
    code,
    request_id: "k3v9x0qa-1f",
    ...extras,
  };
}
