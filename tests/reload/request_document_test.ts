import assert from "node:assert/strict";
import { CONFIG_BYTES_MAX } from "../../src/config/file_reader.ts";
import {
  type DocumentAnswer,
  requesterOver,
  SYSTEM_NETWORK,
} from "../../src/reload/request_document.ts";
import { issuedFor } from "../edge/drivers/deno/certificates.ts";

type Handle = (request: Request) => Response | Promise<Response>;

/** Asks a server on this machine, by its address unless told; `scheme://HOST:port/path`. */
async function asked(
  handle: Handle,
  { path = "/", etag, timeoutMs = 10_000, allow = [] }: {
    readonly path?: string;
    readonly etag?: string;
    readonly timeoutMs?: number;
    readonly allow?: readonly string[];
  } = {},
): Promise<DocumentAnswer> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, handle);
  try {
    return await requesterOver({ ...SYSTEM_NETWORK, timeoutMs })({
      url: `http://127.0.0.1:${server.addr.port}${path}`,
      allow,
      etag,
    });
  } finally {
    await server.shutdown();
  }
}

function reasonOf(answer: DocumentAnswer): string {
  assert.ok(answer.kind === "failed", JSON.stringify(answer));
  return answer.reason;
}

function endless(piece: string, pauseMs: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream({
    async pull(controller) {
      await new Promise<void>((go) => {
        timer = setTimeout(go, pauseMs);
      });
      controller.enqueue(new TextEncoder().encode(piece));
    },
    cancel: () => clearTimeout(timer),
  });
}

Deno.test("a document comes with its entity tag, and is not sent again while it is current", async () => {
  const handle: Handle = ({ headers, url }) =>
    headers.get("if-none-match") === '"v1"'
      ? new Response(null, { status: 304 })
      : new Response(`port: 1 # ${new URL(url).search}\n`, {
        headers: { etag: '"v1"' },
      });
  const first = await asked(handle, { path: "/a.yml?token=t" });
  assert.ok(first.kind === "document");
  assert.equal(new TextDecoder().decode(first.bytes), "port: 1 # ?token=t\n");
  assert.equal(first.etag, '"v1"');
  assert.deepEqual(await asked(handle, { etag: '"v1"' }), {
    kind: "unmodified",
  });
});

Deno.test("a redirect is not followed, wherever it leads", async () => {
  let asks = 0;
  const answer = await asked(({ url }) => {
    asks++;
    return Response.redirect(new URL("/other", url), 302);
  });
  assert.equal(
    reasonOf(answer),
    "the answer is 302, and redirects are not followed",
  );
  assert.equal(asks, 1);
});

Deno.test("errors and codings nobody asked for are failures", async () => {
  assert.equal(
    reasonOf(await asked(() => new Response(null, { status: 503 }))),
    "the answer is 503",
  );
  const coded = () =>
    new Response("x", { headers: { "content-encoding": "br" } });
  assert.match(reasonOf(await asked(coded)), /coded as br/);
});

Deno.test("a body that ends before its end is no document, however its length is told", async () => {
  const beginnings = [
    "content-length: 100\r\n\r\nport: 1\n",
    "transfer-encoding: chunked\r\n\r\n8\r\nport: 1\n\r\n",
    "transfer-encoding: chunked\r\n\r\n64\r\nport: 1\n",
  ];
  for (const beginning of beginnings) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      await connection.write(
        new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${beginning}`),
      );
    })();
    const answer = await requesterOver(SYSTEM_NETWORK)({
      url: `http://127.0.0.1:${listener.addr.port}/`,
      allow: [],
      etag: undefined,
    });
    await serving;
    assert.match(reasonOf(answer), /^the answer broke off/);
  }
});

Deno.test("a document that is too large is not read to its end, with and without a length", async () => {
  const large = () => new Response(new Uint8Array(CONFIG_BYTES_MAX + 1));
  const tooLarge = `the document has more than ${CONFIG_BYTES_MAX} bytes`;
  assert.equal(reasonOf(await asked(large)), tooLarge);
  const stream = () => new Response(endless("# ".repeat(32_768), 0));
  assert.equal(reasonOf(await asked(stream)), tooLarge);
  const most = () => new Response(new Uint8Array(CONFIG_BYTES_MAX));
  assert.equal((await asked(most)).kind, "document");
});

Deno.test("an answer that drips is given up at the time-out", async () => {
  const answer = await asked(() => new Response(endless("a", 20)), {
    timeoutMs: 300,
  });
  assert.equal(reasonOf(answer), "there was no whole answer in 300 ms");
});

Deno.test("a host that resolves for ever is given up too, and one without an address is said", async () => {
  const ask = {
    url: "https://config.example/",
    allow: [],
    etag: undefined,
  };
  const never = requesterOver({
    ...SYSTEM_NETWORK,
    timeoutMs: 50,
    resolve: () => new Promise(() => {}),
  });
  assert.match(reasonOf(await never(ask)), /no whole answer/);
  const nowhere = requesterOver({
    ...SYSTEM_NETWORK,
    resolve: () => Promise.reject(new Error("ENOTFOUND")),
  });
  assert.equal(reasonOf(await nowhere(ask)), '"config.example" has no address');
});

Deno.test("over TLS the certificate must be for the name, and the connection goes to the checked address alone", async () => {
  const { cert, key, authority } = await issuedFor("config.example");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    ({ headers }) =>
      new Response(`${headers.get("host")} ${headers.get("authorization")}`),
  );
  const { port } = server.addr;
  const resolved: string[] = [];
  const request = requesterOver({
    timeoutMs: 10_000,
    authorities: [authority],
    // The names exist nowhere: whoever resolved one again would not find it.
    resolve: (name) => {
      resolved.push(name);
      return Promise.resolve(["127.0.0.1"]);
    },
  });
  const ask = (name: string, allow: readonly string[]) =>
    request({
      url: `https://user:pa%40ss@${name}:${port}/`,
      allow,
      etag: undefined,
    });
  try {
    const answer = await ask("config.example", ["127.0.0.0/8"]);
    assert.ok(answer.kind === "document", JSON.stringify(answer));
    assert.equal(
      new TextDecoder().decode(answer.bytes),
      `config.example:${port} Basic ${btoa("user:pa@ss")}`,
    );
    assert.deepEqual(resolved, ["config.example"]);
    assert.match(
      reasonOf(await ask("other.example", ["127.0.0.0/8"])),
      /certificate/,
    );
    assert.match(
      reasonOf(await ask("config.example", [])),
      /^it leads to 127\.0\.0\.1, which is no public address/,
    );
    const stranger = requesterOver({ ...SYSTEM_NETWORK, timeoutMs: 10_000 });
    assert.match(
      reasonOf(
        await stranger({
          url: `https://127.0.0.1:${port}/`,
          allow: [],
          etag: undefined,
        }),
      ),
      /certificate|issuer/i,
    );
  } finally {
    await server.shutdown();
  }
});

Deno.test("when the first address doesn't answer the next one is asked", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("port: 1\n"),
  );
  const request = requesterOver({
    ...SYSTEM_NETWORK,
    resolve: () => Promise.resolve(["127.0.0.2", "127.0.0.1"]),
  });
  const answer = await request({
    url: `http://localhost:${server.addr.port}/`,
    allow: [],
    etag: undefined,
  });
  await server.shutdown();
  assert.equal(answer.kind, "document");
});

Deno.test("an address that says nothing leaves time for the next one", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("port: 1\n"),
  );
  const { port } = server.addr;
  // It takes connections, as the kernel does that, and never says a word.
  using silent = Deno.listen({ hostname: "127.0.0.2", port });
  const request = requesterOver({
    ...SYSTEM_NETWORK,
    timeoutMs: 4000,
    resolve: () => Promise.resolve(["127.0.0.2", "127.0.0.1"]),
  });
  const url = `http://localhost:${silent.addr.port}/`;
  const answer = await request({ url, allow: [], etag: undefined });
  await server.shutdown();
  assert.equal(answer.kind, "document", JSON.stringify(answer));
});
