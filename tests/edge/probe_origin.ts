/** Servers that probes meet: they answer as told, or never, and a listener that nobody gets through to. */
import assert from "node:assert/strict";
import { readUntilOver, send } from "./drivers/traffic.ts";

/** Far beyond what a connection takes on one machine; an attempt that needs longer is not let in. */
const LET_IN_MS = 500;
/** More than the queue of a listener without a backlog holds. */
const CALLS_MAX = 64;

/** What a server does with a connection, and with the head of a request when it waited for one. */
export type Serve = (connection: Deno.Conn) => Promise<void>;

/** A server on loopback; disposing of it ends all its connections. */
export class ProbeOrigin implements AsyncDisposable {
  readonly port: number;
  /** How each connection ended for the server, in the order of their ends. */
  readonly ends: ("end" | "reset")[] = [];
  readonly #listener: Deno.Listener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #served: Promise<void>[] = [];
  readonly #accepting: Promise<void>;
  #onEnd = () => {};

  /** Serves every connection alike, then reads it to its end. */
  constructor(listener: Deno.TcpListener | Deno.TlsListener, serve: Serve) {
    this.#listener = listener;
    this.port = listener.addr.port;
    this.#accepting = this.#accept(serve);
  }

  /** Settles when so many connections have ended. */
  async untilEnds(count: number): Promise<void> {
    while (this.ends.length < count) {
      await new Promise<void>((resolve) => this.#onEnd = resolve);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#served);
  }

  async #accept(serve: Serve): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        this.#connections.add(connection);
        this.#served.push(this.#serve(connection, serve));
      }
    } catch {
      // A handshake that failed ends the loop of a TLS listener.
    }
  }

  async #serve(connection: Deno.Conn, serve: Serve): Promise<void> {
    try {
      await serve(connection);
      this.ends.push((await readUntilOver(connection)).reason);
    } catch {
      this.ends.push("reset");
    }
    this.#onEnd();
    close(connection);
  }
}

/** A plain server at an address of loopback. */
export function originAt(
  serve: Serve,
  hostname = "127.0.0.1",
  port = 0,
): ProbeOrigin {
  return new ProbeOrigin(Deno.listen({ hostname, port }), serve);
}

/** Says nothing, and waits for the end. */
export const SILENT: Serve = () => Promise.resolve();

/** Answers the first request with these pieces, one after the other. */
export function answering(...pieces: readonly string[]): Serve {
  return async (connection) => {
    await readHead(connection);
    for (const piece of pieces) {
      await send(connection, new TextEncoder().encode(piece));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
}

/** Reads the head of a request. */
export async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith("\r\n\r\n")) {
    const count = await connection.read(buffer);
    assert.ok(count !== null, `The request ended early: ${text}`);
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

/** A listener whose backlog is full: attempts to connect are neither let in nor refused. */
export class FullListener implements Disposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections: Deno.Conn[];

  private constructor(
    listener: Deno.TcpListener,
    connections: Deno.Conn[],
  ) {
    this.#listener = listener;
    this.#connections = connections;
    this.port = listener.addr.port;
  }

  /** Listens, and fills the backlog. */
  static async open(): Promise<FullListener> {
    const hostname = "127.0.0.1";
    const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
    const { port } = listener.addr;
    const connections: Deno.Conn[] = [];
    while (connections.length < CALLS_MAX) {
      const attempt = new AbortController();
      const timer = setTimeout(() => attempt.abort(), LET_IN_MS);
      const { signal } = attempt;
      try {
        connections.push(await Deno.connect({ hostname, port, signal }));
      } catch {
        return new FullListener(listener, connections);
      } finally {
        clearTimeout(timer);
      }
    }
    throw new Error(`A backlog of 1 took ${CALLS_MAX} connections`);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
