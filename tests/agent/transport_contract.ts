/** What every transport must do, over real sockets. */
import assert from "node:assert/strict";
import type {
  Answer,
  Transport,
  TransportOptions,
} from "../../src/agent/transport.ts";
import { freePort } from "../free_port.ts";
import type { FakeServer, Reply } from "./fake_server.ts";

/** A way to reach a server. */
export interface TransportKind {
  readonly name: string;
  readonly scheme: "http" | "https";
  readonly open: (options: TransportOptions) => Transport;
  readonly serve: (reply: () => Reply) => FakeServer;
}

/** Registers the tests for one transport. */
export function transportContract(kind: TransportKind): void {
  const { name, open } = kind;
  const { signal } = new AbortController();

  /** The answer to one message. */
  async function answerTo(
    reply: () => Reply,
    options: Partial<TransportOptions> = {},
  ): Promise<{ answer: Answer; server: FakeServer }> {
    await using server = kind.serve(reply);
    using transport = open({
      serverUrl: server.url,
      serverKey: "",
      ...options,
    });
    return { answer: await transport.post("/stats", { a: 1 }, signal), server };
  }

  Deno.test(`${name}: a message arrives as JSON with its key, and the answer is read`, async () => {
    const { answer, server } = await answerTo(
      () => Response.json({ status: "ok" }),
      { serverKey: "the key" },
    );
    assert.deepEqual(answer, {
      kind: "answered",
      status: 200,
      location: "",
      text: '{"status":"ok"}',
    });
    const [message] = server.received;
    assert.equal(message?.path, "/stats");
    assert.deepEqual(message?.body, { a: 1 });
    assert.equal(message?.headers.get("x-api-key"), "the key");
    assert.equal(message?.headers.get("content-type"), "application/json");
    assert.equal(message?.headers.get("user-agent"), "opsen-client");
  });

  Deno.test(`${name}: without a key there is no field for it`, async () => {
    const { server } = await answerTo(() => 204);
    assert.equal(server.received[0]?.headers.has("x-api-key"), false);
  });

  Deno.test(`${name}: any status is an answer`, async () => {
    for (const status of [200, 204, 400, 401, 404, 429, 500, 503]) {
      const { answer } = await answerTo(() => status);
      assert.equal(answer.kind === "answered" && answer.status, status);
    }
  });

  Deno.test(`${name}: a redirection is not followed, so that the key stays here`, async () => {
    const headers = { location: "http://elsewhere.example/stats" };
    const { answer, server } = await answerTo(
      () => new Response(null, { status: 307, headers }),
      { serverKey: "k" },
    );
    assert.equal(server.received.length, 1);
    assert.deepEqual(answer, {
      kind: "answered",
      status: 307,
      location: headers.location,
      text: "",
    });
  });

  Deno.test(`${name}: of a long answer the beginning is read, also when it never ends`, async () => {
    const { answer } = await answerTo(() => new Response("x".repeat(300_000)));
    assert.equal(answer.kind === "answered" && answer.text.length, 16_384);
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(120)),
    });
    const { answer: cut } = await answerTo(() => new Response(endless));
    assert.equal(cut.kind === "answered" && cut.text.length, 16_384);
  });

  Deno.test(`${name}: text in several bytes arrives whole`, async () => {
    const { answer } = await answerTo(() => new Response("schön \u{1f600}"));
    assert.equal(answer.kind === "answered" && answer.text, "schön \u{1f600}");
  });

  Deno.test(`${name}: a server that is late is no answer`, async () => {
    const { answer } = await answerTo(() => "hang", { timeoutMs: 50 });
    assert.deepEqual(answer, {
      kind: "unanswered",
      reason: "no answer within 0.05 s",
    });
  });

  Deno.test(`${name}: a body that never comes is no answer`, async () => {
    const silent = new ReadableStream({ start: () => {} });
    const { answer } = await answerTo(() => new Response(silent), {
      timeoutMs: 80,
    });
    assert.equal(answer.kind, "unanswered");
  });

  Deno.test(`${name}: nobody listening is no answer, without the address in the reason`, async () => {
    const serverUrl = `${kind.scheme}://127.0.0.1:${freePort()}`;
    using transport = open({ serverUrl, serverKey: "" });
    const answer = await transport.post("/stats", {}, signal);
    assert.equal(answer.kind, "unanswered");
    assert.match(
      answer.kind === "unanswered" ? answer.reason : "",
      /refused/i,
    );
  });

  Deno.test(`${name}: who is told to stop gets no answer, at once`, async () => {
    await using server = kind.serve(() => "hang");
    using transport = open({ serverUrl: server.url, serverKey: "" });
    const controller = new AbortController();
    const answer = transport.post("/stats", {}, controller.signal);
    setTimeout(() => controller.abort(), 20);
    assert.equal((await answer).kind, "unanswered");
    assert.equal(
      (await transport.post("/stats", {}, controller.signal)).kind,
      "unanswered",
    );
  });

  Deno.test(`${name}: messages go one after the other over one connection, below the path of the server`, async () => {
    await using server = kind.serve(() => 200);
    using transport = open({
      serverUrl: `${server.url}/opsen/?x#y`,
      serverKey: "",
    });
    for (let i = 0; i < 3; i++) {
      assert.equal(
        (await transport.post("/stats", {}, signal)).kind,
        "answered",
      );
    }
    assert.deepEqual(server.paths, Array(3).fill("/opsen/stats"));
    assert.equal(server.connections.size, 1);
  });
}
