/**
 * Callers that ask one thing after the other, over connections that stay and over new ones, and count what becomes of it.
 * Each request bears its number, so that what its origin saw can be held against what its caller got.
 */
import { type Origin, rawOrigin } from "./proxy_origins.ts";
import { Wire } from "./proxy_wire.ts";

/** An origin that answers everything with the number of the request, and counts. */
export interface CountingOrigin extends Origin {
  /** How often each request came. */
  readonly seen: ReadonlyMap<number, number>;
}

/** Such an origin. */
export function countingOrigin(): CountingOrigin {
  const seen = new Map<number, number>();
  const origin = rawOrigin(async (wire) => {
    for (;;) {
      const number = Number(/X-Number: (\d+)/i.exec(await wire.head())?.[1]);
      seen.set(number, (seen.get(number) ?? 0) + 1);
      const body = `n${number}\n`;
      await wire.send(
        `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }
  });
  return { ...origin, seen };
}

/** The load; the counts grow until it has ended. */
export class SteadyLoad {
  /** Requests that got their whole answer. */
  readonly answered = new Set<number>();
  /** Requests that were sent on a connection that stood, and got none. */
  readonly failed: string[] = [];
  /**
   * First requests of connections that were reset before an answer began: the listener may have closed before it took
   * them over from the system.
   */
  readonly resetAtFirst: string[] = [];
  /** Connections that were refused. */
  refused = 0;
  readonly #port: number;
  readonly #open: (port: number) => Promise<Wire>;
  readonly #done: Promise<void>[] = [];
  #sent = 0;
  #isEnding = false;

  /** Begins with so many callers of each kind; `open` connects them. */
  constructor(
    port: number,
    callers: { readonly standing: number; readonly passing: number },
    open: (port: number) => Promise<Wire> = Wire.open,
  ) {
    this.#port = port;
    this.#open = open;
    for (let i = 0; i < callers.standing; i++) this.#done.push(this.#ask(true));
    for (let i = 0; i < callers.passing; i++) this.#done.push(this.#ask(false));
  }

  /** Settles when so many requests more were answered. */
  async more(count: number): Promise<void> {
    const goal = this.answered.size + count;
    while (this.answered.size < goal && this.#failures === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Settles when every caller has ended: each after its present request, or when it is refused. */
  async ended(): Promise<void> {
    this.#isEnding = true;
    await this.untilRefused();
  }

  /** Settles when every caller was refused. */
  async untilRefused(): Promise<void> {
    await Promise.all(this.#done);
  }

  get #failures(): number {
    return this.failed.length + this.resetAtFirst.length;
  }

  async #ask(stays: boolean): Promise<void> {
    while (!this.#isEnding) {
      const wire = await this.#connect();
      if (wire === undefined) return;
      using _closed = wire;
      let isFirst = true;
      let goesOn = true;
      while (goesOn && !this.#isEnding) {
        goesOn = await this.#exchange(wire, stays, isFirst) && stays;
        isFirst = false;
      }
    }
  }

  async #connect(): Promise<Wire | undefined> {
    try {
      return await this.#open(this.#port);
    } catch (error) {
      // Reset while connecting: the listener closed in that moment, and nothing was sent.
      const isRefused = error instanceof Deno.errors.ConnectionRefused ||
        error instanceof Deno.errors.ConnectionReset;
      if (!isRefused) this.failed.push(`connecting: ${error}`);
      this.refused++;
      return undefined;
    }
  }

  /** One request; whether the connection serves another. */
  async #exchange(
    wire: Wire,
    stays: boolean,
    isFirst: boolean,
  ): Promise<boolean> {
    const number = ++this.#sent;
    let isAnswering = false;
    const ending = stays ? "" : "Connection: close\r\n";
    try {
      await wire.send(
        `GET / HTTP/1.1\r\nHost: x\r\nX-Number: ${number}\r\n${ending}\r\n`,
      );
      const head = await wire.head();
      isAnswering = true;
      if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head);
      await wire.upTo(`n${number}\n`);
      this.answered.add(number);
      return !/^connection: close\r$/im.test(head);
    } catch (error) {
      const isReset = error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      const failures = isFirst && isReset && !isAnswering
        ? this.resetAtFirst
        : this.failed;
      failures.push(`${stays ? "standing" : "passing"}: ${error}`);
      return false;
    }
  }
}
