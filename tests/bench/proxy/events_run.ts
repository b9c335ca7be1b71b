/**
 * Server-sent events through a proxy: how much later an event arrives than without it. Origin and callers are one
 * process with one clock; the time of sending travels in the event.
 */
import { pause } from "./program.ts";
import { median, quantile } from "./rounds.ts";

/** Streams that are open at the same time. */
const STREAMS = 500;
/** One event goes to one stream every so often, so that the delay is the proxy's and not that of a queue. */
const GAP_MS = 2;
/** Events to all streams at once, and the time between them. */
const BURSTS = 10;
const BURST_GAP_MS = 200;
/** Time for streams to open and for the last events to arrive. */
const PATIENCE_MS = 10_000;
/** Streams that are being opened at the same time: less than a listener's backlog. */
const OPENING = 50;

/** Delays of events from origin to caller. */
export interface EventsRun {
  /** Of single events. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until the last stream has an event that goes to all of them, median. */
  readonly lastOfBurstMs: number;
}

/** An origin of streams on several ports. */
export class EventsOrigin implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #listeners: readonly Deno.Listener[];
  readonly #streams = new Set<Deno.Conn>();
  readonly #serving: Promise<unknown>;

  constructor(portCount: number) {
    this.#listeners = Array.from(
      { length: portCount },
      () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    );
    this.ports = this.#listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
    this.#serving = Promise.all(
      this.#listeners.map((one) => this.#accept(one)),
    );
  }

  /** Opens streams at a URL and measures; throws when an event is lost or comes twice. */
  async run(url: (stream: number) => string, ms: number): Promise<EventsRun> {
    const delays: number[] = [];
    const callers: Deno.Conn[] = [];
    const reading: Promise<void>[] = [];
    try {
      for (let at = 0; at < STREAMS; at += OPENING) {
        const opened = await Promise.all(
          Array.from({ length: OPENING }, (_, i) => open(url(at + i))),
        );
        callers.push(...opened);
        reading.push(...opened.map((conn) => read(conn, delays)));
      }
      await this.#until(() => this.#streams.size === STREAMS, "open");
      const singles = await this.#singles(ms, delays);
      const bursts = await this.#bursts(delays);
      return {
        p50Ms: median(singles),
        p99Ms: quantile(singles, 0.99),
        lastOfBurstMs: median(bursts),
      };
    } finally {
      for (const conn of callers) conn.close();
      await Promise.all(reading);
      for (const conn of this.#streams) close(conn);
      this.#streams.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    await this.#serving;
  }

  async #singles(ms: number, delays: number[]): Promise<readonly number[]> {
    delays.length = 0;
    const streams = [...this.#streams];
    const start = performance.now();
    let sent = 0;
    while (performance.now() - start < ms) {
      const stream = streams[sent++ % streams.length];
      if (stream !== undefined) await send(stream);
      await pause(GAP_MS);
    }
    await this.#until(() => delays.length >= sent, "take all events");
    if (delays.length > sent) throw new Error("An event came twice");
    return [...delays];
  }

  async #bursts(delays: number[]): Promise<readonly number[]> {
    const last: number[] = [];
    for (let i = 0; i < BURSTS; i++) {
      delays.length = 0;
      const start = performance.now();
      await Promise.all([...this.#streams].map(send));
      await this.#until(() => delays.length === STREAMS, "take a burst");
      last.push(Math.max(...delays));
      await pause(Math.max(0, start + BURST_GAP_MS - performance.now()));
    }
    return last;
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!holds()) {
      if (performance.now() > deadline) {
        throw new Error(`The event streams did not ${what} in time`);
      }
      await pause(1);
    }
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const conn of listener) void this.#serve(conn);
  }

  /** A request that is not for events is a health check: it is closed. */
  async #serve(conn: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4096);
    let head = "";
    try {
      while (!head.includes("\r\n\r\n")) {
        const count = await conn.read(buffer);
        if (count === null) return close(conn);
        head += new TextDecoder().decode(buffer.subarray(0, count));
      }
      await write(
        conn,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" +
          "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      this.#streams.add(conn);
      while (await conn.read(buffer) !== null);
    } catch {
      // The stream is over either way.
    }
    this.#streams.delete(conn);
    close(conn);
  }
}

async function send(conn: Deno.Conn): Promise<void> {
  const event = `data: ${performance.now()}\n\n`;
  await write(conn, `${event.length.toString(16)}\r\n${event}\r\n`);
}

async function open(url: string): Promise<Deno.Conn> {
  const { hostname, port, host } = new URL(url);
  const conn = await Deno.connect({ hostname, port: Number(port) });
  conn.setNoDelay(true);
  await write(conn, `GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return conn;
}

/** Collects delays until the connection is closed. */
async function read(conn: Deno.Conn, delays: number[]): Promise<void> {
  const buffer = new Uint8Array(16_384);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      const now = performance.now();
      text += decoder.decode(buffer.subarray(0, count));
      const end = text.lastIndexOf("\n\n");
      if (end === -1) continue;
      for (const [, sent] of text.slice(0, end + 2).matchAll(EVENT)) {
        delays.push(now - Number(sent));
      }
      text = text.slice(end + 2);
    }
  } catch {
    // Closed by us at the end of a run; a stream that broke before is noticed by the events it lacks.
  }
}

const EVENT = /data: ([\d.]+)\n\n/g;

async function write(conn: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}
