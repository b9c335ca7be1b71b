import assert from "node:assert/strict";
import { type Message, ServerLink } from "../../src/agent/server_link.ts";
import type { Answer } from "../../src/agent/transport.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";

const MESSAGE: Message = {
  path: "/stats",
  body: {},
  purpose: "report",
  unknown: "news",
};

/** A link whose server answers as the test says. */
function link(answer: () => number | string, random = 0.5) {
  const clock = new FakeClock();
  const logger = new FakeLogger();
  const serverLink = new ServerLink({
    transport: {
      post(_path, _body, signal): Promise<Answer> {
        const said = signal.aborted ? "aborted" : answer();
        return Promise.resolve(
          typeof said === "string"
            ? { kind: "unanswered", reason: said }
            : { kind: "answered", status: said, location: "", text: "" },
        );
      },
      [Symbol.dispose]: () => {},
    },
    serverUrl: "http://user:word@lb.example.com:8080/",
    clock,
    random: new FixedRandom(random),
    logger,
  });
  const { signal } = new AbortController();
  return {
    clock,
    logger,
    link: serverLink,
    deliver: async (message: Message = MESSAGE) =>
      (await serverLink.deliver(message, signal)).kind,
  };
}

Deno.test("a yes is accepted, whatever its words, and nothing is logged", async () => {
  for (const status of [200, 201, 202, 204]) {
    const { deliver, logger, link: server } = link(() => status);
    assert.equal(await deliver(), "accepted");
    assert.equal(server.retryAt, -Infinity);
    assert.deepEqual(logger.lines, []);
  }
});

Deno.test("everything but a yes and a 404 is a failure, after which there is a wait", async () => {
  for (const answer of [301, 400, 401, 403, 413, 429, 500, 503, "no route"]) {
    const { deliver, link: server } = link(() => answer);
    assert.equal(await deliver(), "failed", String(answer));
    assert.equal(server.retryAt, 875);
  }
});

Deno.test("404 is news where it may be, and a failure where it may not", async () => {
  const news = link(() => 404);
  assert.equal(await news.deliver(), "unknown_client");
  assert.equal(news.link.retryAt, -Infinity);
  const failure = link(() => 404);
  assert.equal(
    await failure.deliver({ ...MESSAGE, unknown: "failure" }),
    "unknown_client",
  );
  assert.equal(failure.link.retryAt, 875);
});

Deno.test("the first retry is quick, later ones and the circuit wait at most sixteen seconds", async () => {
  const { deliver, clock, link: server } = link(() => "down", 0.999);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    await deliver();
    waits.push(Math.ceil((server.retryAt - clock.monotonicMs()) / 1000));
    clock.advance(server.retryAt - clock.monotonicMs());
  }
  assert.deepEqual(waits, [2, 16, 16, 16, 16, 16, 16, 16]);
});

Deno.test("waits are never so short that an attempt a second would come of them, but the first", async () => {
  const { deliver, clock, link: server } = link(() => "down", 0);
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    await deliver();
    waits.push(server.retryAt - clock.monotonicMs());
    clock.advance(server.retryAt - clock.monotonicMs());
  }
  assert.deepEqual(waits, [250, 2000, 2000, 2000, 8000, 8000, 8000]);
});

Deno.test("an open circuit sends nothing and never stays open for good", async () => {
  let asked = 0;
  const { deliver, clock, link: server, logger } = link(() => {
    asked++;
    return asked <= 6 ? 500 : 200;
  });
  for (let i = 0; i < 5; i++) await deliver();
  assert.ok(server.isOpen(clock.monotonicMs()));
  clock.advance(11_999);
  assert.equal(await deliver(), "failed");
  assert.equal(asked, 5);
  clock.advance(1);
  assert.ok(!server.isOpen(clock.monotonicMs()));
  assert.equal(await deliver(), "failed");
  assert.equal(asked, 6);
  clock.advance(12_000);
  assert.equal(await deliver(), "accepted");
  assert.deepEqual(
    logger.lines.map(({ message }) => /circuit ([A-Z-]+)/.exec(message)?.[1])
      .filter((state) => state !== undefined),
    ["OPEN", "HALF-OPEN", "OPEN", "HALF-OPEN", "CLOSED"],
  );
});

Deno.test("a reason is said once, another reason again, and the end of it too", async () => {
  const answers = [401, 401, 403, 403, 200, 200, "down"];
  const { link: server, deliver, clock, logger } = link(() =>
    answers.shift() ?? 200
  );
  const troubles: (string | undefined)[] = [];
  for (let i = 0; i < 7; i++) {
    await deliver();
    troubles.push(server.trouble);
    clock.advance(31_000);
  }
  const lines = logger.lines.map(({ level, message }) => `${level} ${message}`);
  assert.deepEqual(lines.map((line) => line.slice(0, 74)), [
    'warn Cannot report at "http://lb.example.com:8080": it wants a key (401): ',
    'warn Cannot report at "http://lb.example.com:8080": it refuses this client',
    'info The server at "http://lb.example.com:8080" takes messages again',
    'warn Cannot report at "http://lb.example.com:8080": down',
  ]);
  const said = logger.messages("warn");
  assert.deepEqual(troubles, [
    ...[said[0], said[0], said[1], said[1]],
    ...[undefined, undefined, said[2]],
  ]);
});

Deno.test("who is told to stop has neither failed nor succeeded", async () => {
  const { link: server, logger } = link(() => 200);
  const { kind } = await server.deliver(MESSAGE, AbortSignal.abort());
  assert.equal(kind, "ended");
  assert.deepEqual(logger.lines, []);
  assert.equal(server.retryAt, -Infinity);
});

Deno.test("neither the key nor a password in the URL is ever logged", async () => {
  const { deliver, logger } = link(() => "down");
  await deliver();
  assert.doesNotMatch(JSON.stringify(logger.lines), /word/);
});
