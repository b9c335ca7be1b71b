/** Callers that hold a server up by being slow: with their heads, with their bodies, with taking what they asked for. */
import { LARGE, SMALL } from "../bench/proxy/nginx.ts";

/** How each is slow. */
export const SLOWNESSES = ["head", "body", "reading"] as const;

/** A way to be slow. */
export type Slowness = typeof SLOWNESSES[number];

/** What is sent at once, then bit by bit for ever. */
const BEGINNINGS: Readonly<Record<Slowness, string>> = {
  head: `GET ${SMALL.path} HTTP/1.1\r\nHost: a\r\nX-Slow: `,
  // The server looks for the tier in it, and so for its end.
  body:
    `POST ${SMALL.path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"a":"`,
  reading: `GET ${LARGE.path} HTTP/1.1\r\nHost: a\r\n\r\n`,
};

/** How often a slow caller sends or takes a little. */
const STEP_MS = 1_000;
/** How much of a response is taken at a time. */
const SIP_BYTES = 512;
/** Until the beginnings are over: what slow readers asked for is under way as far as it goes, and that is work. */
const SETTLE_MS = 5_000;
/** Connections that are opened in a row before others get a turn. */
const AT_ONCE = 50;

/** Slow callers in equal parts; one that the server gets rid of comes back. */
export class SlowCrowd implements AsyncDisposable {
  readonly #port: number;
  readonly #ended = new AbortController();
  readonly #members: Promise<void>[] = [];
  #present = 0;

  /** Nobody yet; they come to this port of 127.0.0.1. */
  constructor(port: number) {
    this.#port = port;
  }

  /** How many hold a connection. */
  get present(): number {
    return this.#present;
  }

  /** Settles when so many have come and nothing but slowness is left. */
  async gather(size: number): Promise<void> {
    for (let i = 0; i < size; i++) {
      this.#members.push(this.#haunt(SLOWNESSES[i % SLOWNESSES.length]!));
      if (i % AT_ONCE === AT_ONCE - 1) await this.#pause(10);
    }
    while (this.#present < size * 0.95) await this.#pause(50);
    await this.#pause(SETTLE_MS);
  }

  /** Everybody leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#members);
  }

  async #haunt(slowness: Slowness): Promise<void> {
    while (!this.#ended.signal.aborted) {
      try {
        using connection = await Deno.connect({
          hostname: "127.0.0.1",
          port: this.#port,
        });
        this.#present++;
        try {
          await this.#dawdle(slowness, connection);
        } finally {
          this.#present--;
        }
      } catch {
        // The server has had enough of it.
      }
      await this.#pause(STEP_MS);
    }
  }

  async #dawdle(slowness: Slowness, connection: Deno.Conn): Promise<void> {
    await connection.write(new TextEncoder().encode(BEGINNINGS[slowness]));
    const step = new Uint8Array(SIP_BYTES);
    while (!this.#ended.signal.aborted) {
      await this.#pause(STEP_MS);
      if (slowness !== "reading") await connection.write(LETTER);
      else if (await connection.read(step) === null) return;
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ended;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal.addEventListener("abort", over);
    });
  }
}

const LETTER = new TextEncoder().encode("x");
