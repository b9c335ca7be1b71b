/** A real server, and raw requests to `POST /route` that the front door answers itself or sends over its socket. */
import assert from "node:assert/strict";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** The way to the API: without HTTP, or over the private socket, where an empty query leads. */
export const LANES = ["/route", "/route?"] as const;

export const KEY = "a-key";

const SETTINGS = `
host: 127.0.0.1
port: 0
server_key: ${KEY}
sticky_header: X-Session
max_request_body_bytes: 100000
tiers:
  - { name: small, vcpu: 1, memory_gb: 1, storage_gb: 1 }
  - { name: huge, vcpu: 4096, memory_gb: 1, storage_gb: 1 }
`;

/** A running server with one backend. */
export class Lanes implements AsyncDisposable {
  readonly logger: FakeLogger;
  readonly port: number;
  readonly #stop: () => Promise<void>;

  private constructor(
    logger: FakeLogger,
    port: number,
    stop: () => Promise<void>,
  ) {
    this.logger = logger;
    this.port = port;
    this.#stop = stop;
  }

  /** Starts the server; `more` is added to its configuration. */
  static async start(more = ""): Promise<Lanes> {
    const logger = new FakeLogger();
    const server = await startServer(await serverConfig(SETTINGS + more), {
      logger,
      databasePath: ":memory:",
    });
    const lanes = new Lanes(
      logger,
      server.address.port,
      async () => await server[Symbol.asyncDispose](),
    );
    // More than all asks of a test take.
    const cores = 2048;
    const room = (name: string) => ({
      [`${name}_total_gb`]: 9999,
      [`${name}_used_gb`]: 9,
      [`${name}_avail_gb`]: 9990,
    });
    await lanes.tell("/register", {
      ...{ client_id: "one", hostname: "one", local_ip: "127.0.0.1" },
      ...{ total_cpu: cores, total_memory_gb: 9999, total_storage_gb: 9999 },
      endpoint_url: "http://127.0.0.1:1",
    });
    await lanes.tell("/stats", {
      ...{ client_id: "one", hostname: "one", cpu_cores: cores },
      timestamp: new Date().toISOString(),
      cpu_usage_avg: Array.from({ length: cores }, () => 5),
      ...room("memory"),
      ...room("disk"),
    });
    return lanes;
  }

  /** Posts JSON over `fetch`. */
  async tell(path: string, message: unknown): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": KEY },
      body: JSON.stringify(message),
    });
    assert.equal(response.status, 200, await response.text());
  }

  /** How many asks wait for room. */
  async queueDepth(): Promise<number> {
    const url = `http://127.0.0.1:${this.port}/_opsen/queue`;
    const response = await fetch(url, { headers: { "x-api-key": KEY } });
    return (await response.json()).depth;
  }

  async connect(): Promise<Deno.TcpConn> {
    return await Deno.connect({ hostname: "127.0.0.1", port: this.port });
  }

  /** Sends pieces, one after the other, and reads that many answers. */
  async exchange(
    pieces: readonly Uint8Array[],
    answers = 1,
  ): Promise<readonly string[]> {
    using caller = await this.connect();
    caller.setNoDelay(true);
    for (const piece of pieces) {
      await writeAll(caller, piece);
      if (pieces.length > 1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    return await readAnswers(caller, answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** Octets of a text of characters below 256. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A request to a lane; the fields may differ from the usual ones. */
export function ask(
  lane: string,
  body: string,
  fields: readonly string[] = [
    "Content-Type: application/json",
    `X-API-Key: ${KEY}`,
  ],
): string {
  const length = `Content-Length: ${body.length}`;
  const lines = [`POST ${lane} HTTP/1.1`, "Host: x", ...fields, length];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** Writes everything; a connection that is closed meanwhile is no failure. */
export async function writeAll(
  caller: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) {
    rest = rest.subarray(await caller.write(rest));
  }
}

/** Reads answers with a Content-Length. */
export async function readAnswers(
  caller: Deno.TcpConn,
  count: number,
): Promise<readonly string[]> {
  const buffer = new Uint8Array(65_536);
  const answers: string[] = [];
  let text = "";
  for (;;) {
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd === -1) break;
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1]);
      const end = headEnd + 4 + length;
      if (text.length < end) break;
      answers.push(text.slice(0, end));
      text = text.slice(end);
    }
    if (answers.length >= count) return answers;
    const taken = await caller.read(buffer);
    if (taken === null) return [...answers, text];
    text += String.fromCharCode(...buffer.subarray(0, taken));
  }
}

/** An answer without what differs from one to the next: ids, times, and the length that follows from them. */
export function withoutIds(answer: string): string {
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  const length = /^content-length: (\d+)/im.exec(answer)?.[1];
  assert.equal(length, String(body.length));
  // What the front door refuses itself has no date, and its fields are written otherwise.
  assert.match(answer, /^(Content-Type|date: [A-Z][a-z]{2}, \d\d .* GMT\r$)/m);
  const id = /^X-Request-ID: ([a-z0-9]+-[a-z0-9]+)\r$/m.exec(answer)?.[1];
  assert.ok(id !== undefined, answer);
  return answer
    .replaceAll(id, "ID")
    .replace(/^date: .*\r$/m, "date\r")
    .replace(/^content-length: .*\r$/m, "content-length\r")
    .replace(/"lease_id":"[^"]+"/, '"lease_id"')
    .replace(/x-opsen-lease-id: .+/, "x-opsen-lease-id")
    .replace(/"(expires_at|timestamp)":"[^"]+"/g, '"$1"')
    .replace(/"(retry_after_ms|waited_ms|short_by)":\d+/g, '"$1"')
    .replace(/^retry-after: .*\r$/m, "retry-after\r");
}
