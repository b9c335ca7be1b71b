import assert from "node:assert/strict";
import { FetchTransport } from "../../src/agent/fetch_transport.ts";
import type { Transport } from "../../src/agent/transport.ts";
import { UncheckedTransport } from "../../src/agent/unchecked_transport.ts";
import { fixture } from "../collect/trees.ts";

const TLS = {
  cert: Deno.readTextFileSync(`${fixture("self_signed")}/cert.pem`),
  key: Deno.readTextFileSync(`${fixture("self_signed")}/key.pem`),
};
const EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const BODY_END = "}";
const { signal } = new AbortController();

type Scheme = "http" | "https";

/** Bytes on a socket, whatever HTTP makes of them; every connection is closed after them. */
class RawServer implements AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  count = 0;
  readonly #listener: Deno.Listener<Deno.Conn, Deno.NetAddr>;
  readonly #done: Promise<void>;

  constructor(scheme: Scheme, answer: string) {
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = scheme === "http"
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...TLS });
    this.url = `${scheme}://127.0.0.1:${this.#listener.addr.port}`;
    this.#done = this.#serve(new TextEncoder().encode(answer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  async #serve(answer: Uint8Array): Promise<void> {
    for await (const connection of this.#listener) {
      this.count++;
      using open = connection;
      try {
        await readMessage(open);
        for (let sent = 0; sent < answer.length;) {
          sent += await open.write(answer.subarray(sent));
        }
      } catch {
        // The other side gave up first, as it may.
        continue;
      }
    }
  }
}

async function readMessage(connection: Deno.Conn): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith(BODY_END)) {
    const length = await connection.read(buffer);
    if (length === null) return;
    text += decoder.decode(buffer.subarray(0, length));
  }
}

for (const scheme of ["http", "https"] as const) {
  Deno.test(`${scheme}: a server that closes every connection gets every message`, async () => {
    await using server = new RawServer(scheme, EMPTY);
    using transport = open(server.url);
    for (let i = 0; i < 3; i++) {
      const answer = await transport.post("/stats", {}, signal);
      assert.equal(answer.kind, "answered", JSON.stringify(answer));
      // Messages are a second apart at least; the end of the connection is heard of in between.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(server.count, 3);
  });

  Deno.test(`${scheme}: an answer that breaks off is none, since nobody knows the rest`, async () => {
    const half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    assert.doesNotMatch(await resultOf(scheme, half), /^200/);
    assert.doesNotMatch(
      await resultOf(scheme, "HTTP/1.1 200 OK\r\nConte"),
      /^200/,
    );
  });

  Deno.test(`${scheme}: something that does not speak HTTP is no answer, for a reason that stays the same`, async () => {
    for (const bytes of ["SSH-2.0-OpenSSH_9.6\r\n", "\0\0\0\0", ""]) {
      const [first, second] = [
        await resultOf(scheme, bytes),
        await resultOf(scheme, bytes),
      ];
      assert.equal(second, first);
      assert.doesNotMatch(first, /^\d|127\.0\.0\.1|aborted/);
      assert.ok(first.length > 0);
    }
  });

  Deno.test(`${scheme}: hints before the answer are not the answer`, async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    assert.equal(await resultOf(scheme, hints + EMPTY), "200 ");
  });

  Deno.test(`${scheme}: a header without end is no answer and takes no memory`, async () => {
    const endless = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(4_000_000)}`;
    assert.doesNotMatch(await resultOf(scheme, endless), /^200/);
  });
}

/** What comes of a message to a server that answers with these bytes. */
async function resultOf(scheme: Scheme, bytes: string): Promise<string> {
  await using server = new RawServer(scheme, bytes);
  using transport = open(server.url);
  const answer = await transport.post("/stats", {}, signal);
  return answer.kind === "answered"
    ? `${answer.status} ${answer.text}`
    : answer.reason;
}

function open(serverUrl: string): Transport {
  const options = { serverUrl, serverKey: "", timeoutMs: 10_000 };
  return serverUrl.startsWith("https:")
    ? new UncheckedTransport(options)
    : new FetchTransport(options);
}
