import assert from "node:assert/strict";
import { type DrainAnswer, drainAnswer } from "../../src/wire/drain_answer.ts";
import { runOpsen, startOpsen } from "./opsen_process.ts";
import { httpOrigin, type Origin } from "./proxy_origins.ts";
import { join, proxyTest } from "./proxy_stage.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

/** Sessions end a second after their last request. */
const KEYS = {
  sticky_header: "X-Session-ID",
  default_tier: "small",
  pending_allocation_timeout_seconds: 1,
};

proxyTest(
  "what a drained backend has goes on to its end, and nothing new comes to it",
  async (stage) => {
    const events: ReadableStreamDefaultController<Uint8Array>[] = [];
    const old = stage.keep(streamingOrigin("old", events));
    const other = stage.keep(streamingOrigin("other", []));
    const server = await stage.startWith({
      old: { to: old },
      other: { to: other, cores: 64, busyPct: 50 },
    }, KEYS);
    const stream = await ask(server, "/events", "s1");
    assert.equal(stream.headers.get("x-backend"), "old");
    const reader = stream.body?.pipeThrough(new TextDecoderStream())
      .getReader();

    await using draining = await startOpsen(["drain", "old", "--wait"], {
      env: { OPSEN_SERVER_URL: server.url },
    });
    await draining.said(/old: 1 session and 1 request left/);
    for (let n = 0; n < 20; n++) {
      assert.equal(await backendOf(server, `new-${n}`), "other");
      assert.equal(await backendOf(server), "other");
    }
    assert.equal(await backendOf(server, "s1"), "old");
    assert.equal((await drainOf(server, "old")).state, "draining");
    events[0]?.enqueue(new TextEncoder().encode("data: still here\n\n"));
    assert.equal((await reader?.read())?.value, "data: still here\n\n");
    events[0]?.close();
    assert.equal((await reader?.read())?.done, true);

    const { code, stdout } = await draining.ended();
    assert.deepEqual([code, stdout], [0, "Drained old: nothing left\n"]);
    assert.equal(await backendOf(server, "s1"), "other");

    const env = { OPSEN_SERVER_URL: server.url };
    const back = await runOpsen(["undrain", "old"], { env });
    assert.deepEqual([back.code, back.stdout], [0, "old is back in service\n"]);
    assert.equal(await backendOf(server, "s2"), "old");
  },
);

Deno.test("sessions that are left at the deadline are moved, the stream that runs is not cut", async () => {
  await using home = new ServerHome();
  const events: ReadableStreamDefaultController<Uint8Array>[] = [];
  await using old = streamingOrigin("old", events);
  await using other = streamingOrigin("other", []);
  await using server = await home.start(
    'proxy_endpoints: ["/"]\nsticky_header: X-Session-ID\ndefault_tier: small\n',
  );
  await join(server, "old", { to: old });
  await join(server, "other", { to: other, busyPct: 50 });
  assert.equal(await backendOf(server, "s1"), "old");
  const stream = await ask(server, "/events", "s2");
  const env = { OPSEN_SERVER_URL: server.url };
  const { code, stdout } = await runOpsen(
    ["drain", "old", "--wait", "--deadline", "0"],
    { env },
  );
  assert.equal(code, 3, stdout);
  assert.match(stdout, /deadline of old has passed with .* 1 request left/);
  assert.equal(await backendOf(server, "s1"), "other");
  events[0]?.enqueue(new TextEncoder().encode("x"));
  events[0]?.close();
  assert.equal(await stream.text(), "x");
});

Deno.test("a kill -9 forgets no drain that was acknowledged, and brings none back that was ended", async () => {
  await using home = new ServerHome();
  const drain = (server: TestServer, id: string) =>
    server.post(`/_opsen/backends/${id}/drain`, { deadline_seconds: 3600 });
  let before: DrainAnswer | undefined;
  {
    await using server = await home.start();
    for (const id of ["a", "b", "c"]) await server.join(id);
    assert.equal((await drain(server, "a")).status, 200);
    assert.equal((await drain(server, "b")).status, 200);
    const { status } = await server.post("/_opsen/backends/b/undrain", {});
    assert.equal(status, 200);
    before = await drainOf(server, "a");
    await server.cut();
  }
  await using server = await home.start();
  assertSame(await drainOf(server, "a"), before);
  assert.equal((await drainOf(server, "b")).state, "none");
  for (let n = 0; n < 10; n++) {
    assert.notEqual((await server.place("small")).client_id, "a");
  }
});

Deno.test("Ctrl+C ends the wait and not the drain, and says how to end that", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("a");
  await server.place("small");
  const env = { OPSEN_SERVER_URL: server.url };
  await using draining = await startOpsen(["drain", "a", "--wait"], { env });
  await draining.said(/a: 1 session/);
  draining.kill("SIGINT");
  const { code, stderr } = await draining.ended();
  assert.equal(code, 130);
  assert.match(stderr, /Draining goes on; to end it: opsen undrain a\n$/);
  assert.equal((await drainOf(server, "a")).state, "draining");
});

Deno.test("machines are drained one after the other, each when the one before is back", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  for (const id of ["a", "b"]) await server.join(id);
  await using rolling = await startOpsen(
    ["drain", "a", "b", "--wait", "--max-unavailable", "1"],
    { env: { OPSEN_SERVER_URL: server.url } },
  );
  await rolling.said(/Drained a: nothing left\n[^]*b waits for its turn/);
  assert.equal((await drainOf(server, "b")).state, "none");
  await server.post("/_opsen/backends/a/undrain", {});
  const { code, stdout } = await rolling.ended();
  assert.deepEqual([code, stdout], [
    0,
    "Drained a: nothing left\nDrained b: nothing left\n",
  ]);
});

function streamingOrigin(
  name: string,
  events: ReadableStreamDefaultController<Uint8Array>[],
): Origin {
  return httpOrigin((request) => {
    const headers = { "x-backend": name };
    if (!request.url.endsWith("/events")) {
      return new Response(name, { headers });
    }
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void events.push(controller),
    });
    return new Response(body, {
      headers: { ...headers, "content-type": "text/event-stream" },
    });
  });
}

function ask(
  server: TestServer,
  path: string,
  session?: string,
): Promise<Response> {
  return fetch(server.url + path, {
    headers: session === undefined ? {} : { "x-session-id": session },
  });
}

async function backendOf(
  server: TestServer,
  session?: string,
): Promise<string> {
  const response = await ask(server, "/", session);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

async function drainOf(server: TestServer, id: string) {
  const { body } = await server.get(`/_opsen/backends/${id}/drain`);
  return drainAnswer.parse(body);
}

/** The same but for what instants lose between two clocks. */
function assertSame(
  after: DrainAnswer | undefined,
  before: DrainAnswer | undefined,
): void {
  assert.ok(after !== undefined && after.state !== "none");
  assert.ok(before !== undefined && before.state !== "none");
  const { since, deadline, ...rest } = after;
  assert.ok(Math.abs(Date.parse(since) - Date.parse(before.since)) < 1000);
  assert.ok(deadline !== undefined && before.deadline !== undefined);
  assert.ok(
    Math.abs(Date.parse(deadline) - Date.parse(before.deadline)) < 1000,
  );
  const { since: _since, deadline: _deadline, ...wanted } = before;
  assert.deepEqual(rest, wanted);
}
