/** The API behind a real listener, and callers that speak to it in raw bytes. */
import assert from "node:assert/strict";
import type { ApiSettings } from "../../src/api/api_deps.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import { registered, reported } from "../engine/machines.ts";
import { REGISTER } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

const POST = "POST /register HTTP/1.1\r\nHost: opsen.test\r\n" +
  "Content-Type: application/json\r\n";

Deno.test("a Go client's head and body, as captured, are answered over a socket", async () => {
  await using server = listening();
  const fixture = new URL("../fixtures/go-client.jsonl", import.meta.url);
  const messages = Deno.readTextFileSync(fixture).trim().split("\n");
  const statuses = [];
  for (const line of messages) {
    const { path, headers, body } = JSON.parse(line);
    const fields = Object.entries(headers).map(([name, value]) =>
      `${name}: ${value}\r\n`
    ).join("");
    const head = `POST ${path} HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`;
    statuses.push(statusOf(await server.exchange(head + body)));
  }
  assert.deepEqual(statuses, [200, 200, 200]);
  assert.equal(server.home.balancer.size, 1);
});

Deno.test("the caller's address is the one of its connection", async () => {
  await using server = listening({ allowedAddresses: ["192.0.2.0/24"] });
  const refused = await server.exchange(
    "GET /clients HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n",
  );
  assert.equal(statusOf(refused), 403);
  assert.match(refused, /Address not allowed: 127\.0\.0\.1/);
});

Deno.test("a chunked body that grows too large is refused while it arrives", async () => {
  await using server = listening({ bodyBytesMax: 100_000 });
  await using caller = await server.connect();
  await caller.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `${(20_000).toString(16)}\r\n${" ".repeat(20_000)}\r\n`;
  for (let sent = 0; sent < 6; sent++) await caller.write(chunk);
  const answer = await caller.answer();
  assert.equal(statusOf(answer), 413);
  assert.match(answer, /\r\nconnection: close\r\n/i);
  assert.match(answer, /"code":"body_too_large"/);
});

Deno.test("a declared length that is too large is refused before the body is sent", async () => {
  await using server = listening({ bodyBytesMax: 1000 });
  await using caller = await server.connect();
  await caller.write(`${POST}Content-Length: 1001\r\n\r\n`);
  assert.equal(statusOf(await caller.answer()), 413);
});

Deno.test("a body of the largest size is read", async () => {
  const body = JSON.stringify(REGISTER).padEnd(100_000, " ");
  await using server = listening({ bodyBytesMax: 100_000 });
  const answer = await server.exchange(
    `${POST}Connection: close\r\nContent-Length: 100000\r\n\r\n${body}`,
  );
  assert.equal(statusOf(answer), 200);
});

Deno.test("a caller that goes away in mid-body changes nothing, and others are served", async () => {
  await using server = listening();
  const before = server.home.state();
  for (
    const framing of ["Content-Length: 5000", "Transfer-Encoding: chunked"]
  ) {
    const caller = await server.connect();
    await caller.write(`${POST}${framing}\r\n\r\n`);
    await caller.write('14\r\n{"client_id":"node-1\r\n');
    await caller[Symbol.asyncDispose]();
  }
  const ask = '{"tier":"small"}';
  const answer = await server.exchange(
    `POST /route HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${ask.length}\r\n\r\n${ask}`,
  );
  assert.equal(statusOf(answer), 503);
  assert.equal(server.home.state(), before);
  assert.deepEqual(server.home.logger.messages("error"), []);
});

Deno.test("a body that arrives byte by byte is read", async () => {
  await using server = listening();
  const body = '{"client_id":"slow","local_ip":"127.0.0.1"}';
  await using caller = await server.connect();
  await caller.write(
    `${POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  for (const byte of body) await caller.write(`1\r\n${byte}\r\n`);
  await caller.write("0\r\n\r\n");
  assert.equal(statusOf(await caller.rest()), 200);
  assert.equal(server.home.balancer.size, 1);
});

Deno.test("a large body that stops arriving is given up", async () => {
  await using server = listening({ bodyTimeoutMs: 50 });
  await using caller = await server.connect();
  await caller.write(`${POST}Content-Length: 500000\r\n\r\n{"client_id":`);
  const answer = await caller.answer();
  assert.equal(statusOf(answer), 408);
  assert.match(answer, /"code":"body_timeout"/);
});

Deno.test("one connection serves many requests, refusals among them", async () => {
  await using server = listening();
  const now = server.home.clock.monotonicMs();
  server.home.balancer.register(registered("a"), now);
  server.home.balancer.report("a", reported(), now);
  const asks = ['{"tier":"small"}', '{"tier":"huge"}', "{", '{"tier":"small"}'];
  const heads = asks.map((ask, at) =>
    `POST /route HTTP/1.1\r\nHost: a\r\n${
      at === asks.length - 1 ? "Connection: close\r\n" : ""
    }Content-Length: ${ask.length}\r\n\r\n${ask}`
  );
  const answers = await server.exchange(heads.join(""));
  const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((found) =>
    Number(found[1])
  );
  assert.deepEqual(statuses, [200, 400, 400, 200]);
});

Deno.test("a caller whose connection ends while it waits for room waits no more", async () => {
  await using server = listening({}, {
    queue: { lengthMax: 5, waitMsMax: 60_000 },
  });
  const depth = () => server.home.balancer.queue(0)?.depth;
  const caller = await server.connect();
  const ask = '{"tier":"small"}';
  await caller.write(
    `POST /route HTTP/1.1\r\nHost: a\r\nContent-Length: ${ask.length}\r\n\r\n${ask}`,
  );
  while (depth() !== 1) await turn();
  await caller[Symbol.asyncDispose]();
  while (depth() !== 0) await turn();
  assert.equal(server.home.balancer.queue(0)?.withdrawn, 1);
});

/** Whatever has arrived has been looked at. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** A caller that writes and reads raw bytes. */
interface Caller extends AsyncDisposable {
  write(text: string): Promise<void>;
  /** One whole answer; the listener may keep the connection open although it said that it won't. */
  answer(): Promise<string>;
  /** Everything until the server closes the connection. */
  rest(): Promise<string>;
}

function listening(
  settings: Partial<ApiSettings> = {},
  balancer: Partial<BalancerOptions> = {},
) {
  const home = new ApiHome({ settings, balancer });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => home.api.fetch(request, info),
  );
  const connect = async (): Promise<Caller> => {
    const { hostname, port } = server.addr;
    return callerOn(await Deno.connect({ hostname, port }));
  };
  return {
    home,
    connect,
    async exchange(text: string): Promise<string> {
      await using caller = await connect();
      await caller.write(text);
      return await caller.rest();
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function callerOn(connection: Deno.TcpConn): Caller {
  return {
    async write(text) {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    answer: () => received(connection, isWhole),
    rest: () => received(connection, () => false),
    [Symbol.asyncDispose]() {
      connection.close();
      return Promise.resolve();
    },
  };
}

/** What arrives until it is enough or the other side closes. */
async function received(
  connection: Deno.TcpConn,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!isEnough(text)) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) break;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return text;
}

/** Whether the text holds a head and as much of a body as the head declares; all answers here are ASCII. */
function isWhole(text: string): boolean {
  const headLength = text.indexOf("\r\n\r\n") + 4;
  const declared = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1];
  return headLength > 4 && text.length >= headLength + Number(declared);
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}
