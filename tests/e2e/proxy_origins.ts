/** Origins of proxy tests: real HTTP servers, and raw listeners that answer whatever a test wants. */
import { Wire } from "./proxy_wire.ts";

/** Something that listens on a loopback port. */
export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** What an echoing origin saw of a request. */
export interface Seen {
  readonly backend: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Certificate and key of an encrypted origin, PEM. */
export interface OriginTls {
  readonly cert: string;
  readonly key: string;
}

/** An HTTP server; with a certificate its URL names `localhost`. */
export function httpOrigin(
  handler: (request: Request) => Response | Promise<Response>,
  tls?: OriginTls,
): Origin {
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      // A caller that is gone in the middle of a response is part of the tests.
      onError: () => new Response(null, { status: 500 }),
      ...tls,
    },
    handler,
  );
  const { port } = server.addr;
  return {
    port,
    url: tls === undefined
      ? `http://127.0.0.1:${port}`
      : `https://localhost:${port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An HTTP server that answers with its name and what it saw, as JSON ({@link Seen}). */
export function echoOrigin(backend: string, tls?: OriginTls): Origin {
  return httpOrigin(async (request) => {
    const { pathname, search } = new URL(request.url);
    return Response.json({
      backend,
      method: request.method,
      target: pathname + search,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
  }, tls);
}

/** A listener that hands each connection to the test, and closes it when the test is done with it. */
export function rawOrigin(serve: (wire: Wire) => Promise<void>): Origin {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const wires = new Set<Wire>();
  const serving = new Set<Promise<void>>();
  const take = (connection: Deno.Conn) => {
    const wire = new Wire(connection);
    wires.add(wire);
    const served = serve(wire).catch(() => {}).finally(() => {
      wire.close();
      wires.delete(wire);
      serving.delete(served);
    });
    serving.add(served);
  };
  const accepting = (async () => {
    for (;;) {
      try {
        take(await listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        // A connection that was reset before it was accepted fails here alone.
      }
    }
  })();
  const { port } = listener.addr;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const wire of wires) wire.close();
      await Promise.all([accepting, ...serving]);
    },
  };
}
