/**
 * An origin that writes down every request as it came, octet by octet, and reads it as strictly as an old server would
 * not: whatever it sees between two requests is a request to it.
 */
import { rawOrigin } from "../e2e/proxy_origins.ts";
import type { Wire } from "../e2e/proxy_wire.ts";

/** Requests that are remembered; a case looks at its own, which are the last. */
const REQUESTS_MAX = 10_000;
/** Octets of a response to `/large`; more than sockets hold. */
const LARGE_BYTES = 64 * 1024 * 1024;

/** One request as it came, one character per octet. */
export interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly head: string;
  readonly body: string;
}

/** Listens on a loopback port from the start. */
export class RecordingOrigin implements AsyncDisposable {
  readonly #origin = rawOrigin((wire) => this.#serve(wire));
  #seen: Recorded[] = [];

  get url(): string {
    return this.#origin.url;
  }

  get port(): number {
    return this.#origin.port;
  }

  /** What came since it was last asked. */
  taken(): readonly Recorded[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#origin[Symbol.asyncDispose]();
  }

  async #serve(wire: Wire): Promise<void> {
    for (;;) {
      const head = await wire.head();
      const [method = "", target = ""] = head.split(" ");
      const body = await bodyOf(wire, head);
      this.#seen.push({ method, target, head, body });
      if (this.#seen.length > REQUESTS_MAX) this.#seen.shift();
      if (target.startsWith("/large")) await sendLarge(wire);
      else {
        await wire.send(
          `HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-From: origin\r\n\r\n${
            method === "HEAD" ? "" : "origin"
          }`,
        );
      }
    }
  }
}

/** The value of a field of a head; undefined when there is none, joined when there are several. */
export function fieldOf(head: string, name: string): string | undefined {
  const values = head.split("\r\n").slice(1).flatMap((line) => {
    const colon = line.indexOf(":");
    const isIt = line.slice(0, colon).toLowerCase() === name.toLowerCase();
    return isIt ? [line.slice(colon + 1).trim()] : [];
  });
  return values.length === 0 ? undefined : values.join(", ");
}

async function bodyOf(wire: Wire, head: string): Promise<string> {
  if (/chunked/i.test(fieldOf(head, "transfer-encoding") ?? "")) {
    let body = "";
    for (;;) {
      const size = parseInt(await wire.upTo("\r\n"), 16);
      if (size === 0) break;
      body += await wire.bytes(size);
      await wire.upTo("\r\n");
    }
    while (await wire.upTo("\r\n") !== "\r\n");
    return body;
  }
  return await wire.bytes(Number(fieldOf(head, "content-length") ?? 0));
}

async function sendLarge(wire: Wire): Promise<void> {
  await wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`);
  const piece = new Uint8Array(65_536);
  for (let sent = 0; sent < LARGE_BYTES; sent += piece.length) {
    await wire.sendBytes(piece);
  }
}
