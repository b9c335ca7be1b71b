import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import {
  EVENT_ATTEMPTS_MAX,
  EVENTS_QUEUED_MAX,
  Webhook,
} from "../../src/events/webhook.ts";
import type { ServerEvent } from "../../src/ports.ts";
import { selfSigned } from "../edge/drivers/deno/certificates.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { freePort } from "../free_port.ts";
import { Receiver } from "./receiver.ts";

const SECRET = "correct horse battery staple";

Deno.test("an event is posted with what a receiver needs to know it by", async () => {
  await using receiver = new Receiver();
  await using hook = webhookTo(receiver.url);
  hook.emit(drained("rack-7"));
  await receiver.until(1);
  const [heard] = receiver.heard;
  const { id, ...event } = heard?.event ?? {};
  assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.deepEqual(event, {
    type: "backend.drained",
    at: "2026-01-01T00:00:00.000Z",
    server: { hostname: "lb-1", version: "1.2.3" },
    data: { client_id: "rack-7" },
  });
  assert.equal(heard?.headers.get("content-type"), "application/json");
  assert.equal(heard?.headers.get("opsen-event"), "backend.drained");
  assert.equal(heard?.headers.get("opsen-delivery"), id);
  assert.equal(heard?.headers.get("opsen-signature"), null);
});

Deno.test("with a secret each attempt is signed anew, over its time and the body", async () => {
  const clock = new FakeClock();
  await using receiver = new Receiver(failingOnce(() => clock.advance(90_000)));
  await using hook = webhookTo(receiver.url, { clock, secret: SECRET });
  hook.emit(drained("ä"));
  await receiver.until(2);
  const times = receiver.heard.map(({ headers, text }) => {
    const field = headers.get("opsen-signature") ?? "";
    const [, time, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(field) ?? [];
    const mac = createHmac("sha256", SECRET).update(`${time}.${text}`);
    assert.equal(hex, mac.digest("hex"));
    return Number(time);
  });
  const startedSeconds = Date.UTC(2026, 0, 1) / 1000;
  assert.deepEqual(times, [startedSeconds, startedSeconds + 90]);
});

Deno.test("what fails is tried again under the same id, before the next one", async () => {
  await using receiver = new Receiver(failingOnce());
  const logger = new FakeLogger();
  await using hook = webhookTo(receiver.url, { logger });
  hook.emit(drained("a"));
  hook.emit(drained("b"));
  await receiver.until(3);
  const [first, second, third] = receiver.all("id");
  assert.equal(first, second);
  assert.notEqual(second, third);
  assert.equal(receiver.heard[0]?.text, receiver.heard[1]?.text);
  await hook[Symbol.asyncDispose]();
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message]),
    [
      ["warn", "Events can't be delivered for now; they are tried again"],
      ["info", "Events are delivered again"],
    ],
  );
});

for (const status of [302, 400, 410, 413]) {
  Deno.test(`an answer of ${status} is final, said once, and the next event is told of it`, async () => {
    await using receiver = new Receiver(({ event }) =>
      Object.hasOwn(event, "dropped")
        ? new Response()
        : Response.json({}, { status, headers: { location: "/elsewhere" } })
    );
    const logger = new FakeLogger();
    await using hook = webhookTo(receiver.url, { logger });
    hook.emit(drained("a"));
    hook.emit(drained("b"));
    hook.emit(drained("c"));
    await hook[Symbol.asyncDispose]();
    assert.deepEqual(receiver.all("dropped"), [undefined, 1, undefined]);
    assert.deepEqual(receiver.heard.map(({ path }) => path), [
      "/events",
      "/events",
      "/events",
    ]);
    assert.deepEqual(logger.messages("warn"), [
      "Events are refused by their receiver and not tried again",
      "Events are refused by their receiver and not tried again",
    ]);
  });
}

for (const status of [408, 425, 429, 500, 503]) {
  Deno.test(`an answer of ${status} is tried again`, async () => {
    await using receiver = new Receiver(failingOnce(() => {}, status));
    await using hook = webhookTo(receiver.url);
    hook.emit(drained("a"));
    await receiver.until(2);
    assert.equal(new Set(receiver.all("id")).size, 1);
  });
}

Deno.test("a receiver that never takes an event does not hold up the others for ever", async () => {
  await using receiver = new Receiver(({ event }) =>
    new Response(null, { status: idOf(event) === "a" ? 500 : 200 })
  );
  await using hook = webhookTo(receiver.url);
  hook.emit(drained("a"));
  hook.emit(drained("b"));
  await receiver.until(EVENT_ATTEMPTS_MAX + 1);
  assert.deepEqual(
    receiver.heard.map(({ event }) => idOf(event)),
    [...Array(EVENT_ATTEMPTS_MAX).fill("a"), "b"],
  );
  assert.equal(receiver.heard.at(-1)?.event.dropped, 1);
});

Deno.test("of more than may wait the oldest give way, and how many is told", async () => {
  const open = Promise.withResolvers<void>();
  await using receiver = new Receiver(async () => {
    await open.promise;
    return new Response();
  });
  const logger = new FakeLogger();
  await using hook = webhookTo(receiver.url, { logger });
  hook.emit(drained("first"));
  await receiver.until(1);
  for (let n = 0; n < EVENTS_QUEUED_MAX + 5; n++) hook.emit(drained(`${n}`));
  open.resolve();
  await receiver.until(EVENTS_QUEUED_MAX + 1);
  assert.deepEqual(
    receiver.heard.slice(0, 3).map(({ event }) => [idOf(event), event.dropped]),
    [["first", undefined], ["5", 5], ["6", undefined]],
  );
  assert.equal(logger.messages("warn").length, 1);
});

Deno.test("a receiver that hangs holds up neither who emits nor, for long, the end", async () => {
  const open = Promise.withResolvers<void>();
  await using receiver = new Receiver(async () => {
    await open.promise;
    return new Response();
  });
  const logger = new FakeLogger();
  const hook = webhookTo(receiver.url, { logger });
  hook.emit(drained("a"));
  await receiver.until(1);
  hook.emit(drained("b"));
  await hook[Symbol.asyncDispose]();
  open.resolve();
  assert.deepEqual(
    logger.lines.map(({ message, data }) => [message, data]),
    [["Events were not delivered before the end", { events: 2 }]],
  );
});

Deno.test("at the end what waits is delivered, the held back too", async () => {
  await using receiver = new Receiver();
  const hook = webhookTo(receiver.url);
  for (let n = 0; n < 20; n++) hook.emit(drained(`${n}`));
  for (let n = 0; n < 5; n++) hook.emit(ejected("flapping"));
  await hook[Symbol.asyncDispose]();
  assert.equal(receiver.heard.length, 23);
  assert.equal(receiver.heard.at(-1)?.event.suppressed, 2);
  hook.emit(drained("late"));
  assert.equal(receiver.heard.length, 23);
});

Deno.test("at the end a receiver that is away costs one attempt", async () => {
  const logger = new FakeLogger();
  const hook = webhookTo(`http://127.0.0.1:${freePort()}/x?token=abc`, {
    logger,
    random: new FixedRandom(0.99),
  });
  for (let n = 0; n < 3; n++) hook.emit(drained(`${n}`));
  await hook[Symbol.asyncDispose]();
  assert.deepEqual(logger.lines.at(-1)?.data, { events: 3 });
});

Deno.test("no part of the URL that may be secret gets into the log", async () => {
  const logger = new FakeLogger();
  const url = `http://user:pass@127.0.0.1:${freePort()}/hook/s3cr3t?token=abc`;
  const hook = webhookTo(url, { logger, random: new FixedRandom(0.99) });
  hook.emit(drained("a"));
  await logged(logger, /can't be delivered/);
  await hook[Symbol.asyncDispose]();
  const text = JSON.stringify(logger.lines);
  assert.match(text, /127\.0\.0\.1:/);
  assert.match(text, /[Cc]onnection refused/);
  for (const part of ["pass", "s3cr3t", "token", "abc"]) {
    assert.ok(!text.includes(part), text);
  }
});

Deno.test("a receiver with a certificate that nobody vouches for hears nothing, which is logged and tried again", async () => {
  await using receiver = new Receiver(undefined, selfSigned());
  const logger = new FakeLogger();
  const hook = webhookTo(`https://localhost:${receiver.port}/`, { logger });
  hook.emit(drained("a"));
  await logged(logger, /can't be delivered/);
  await logged(logger, /are lost/);
  await hook[Symbol.asyncDispose]();
  assert.deepEqual(receiver.heard, []);
  assert.match(String(logger.lines[0]?.data.reason), /certificate/i);
});

Deno.test("what waits goes on to a new URL at once, and without one it is forgotten", async () => {
  const headers = { "retry-after": "120" };
  await using busy = new Receiver(() =>
    new Response(null, { status: 503, headers })
  );
  await using receiver = new Receiver();
  const logger = new FakeLogger();
  await using hook = webhookTo(busy.url, { logger });
  hook.emit(drained("a"));
  hook.emit(drained("b"));
  await logged(logger, /can't be delivered/);
  hook.configure({ url: receiver.url, secret: "" });
  await receiver.until(2);
  hook.configure({ url: "", secret: "" });
  hook.emit(drained("c"));
  hook.configure({ url: receiver.url, secret: "" });
  hook.emit(drained("d"));
  await receiver.until(3);
  assert.deepEqual(receiver.heard.map(({ event }) => idOf(event)), [
    "a",
    "b",
    "d",
  ]);
});

Deno.test("Retry-After is waited for, and an event that is no JSON harms nobody", async () => {
  await using receiver = new Receiver(failingOnce(() => {}, 503, "1"));
  const logger = new FakeLogger();
  await using hook = webhookTo(receiver.url, { logger });
  hook.emit({ type: "backend.drained", data: { client_id: "x", n: 1n } });
  hook.emit(drained("a"));
  await receiver.until(1);
  const startedMs = performance.now();
  await receiver.until(2);
  assert.ok(performance.now() - startedMs > 900);
  assert.equal(receiver.heard[0]?.event.dropped, 1);
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message]).slice(0, 2),
    [
      ["error", "Cannot write an event"],
      ["warn", "Events can't be delivered for now; they are tried again"],
    ],
  );
});

interface WebhookHome {
  readonly clock?: FakeClock;
  readonly logger?: FakeLogger;
  readonly random?: FixedRandom;
  readonly secret?: string;
}

/** A webhook that does not wait between attempts, unless told by its chance. */
function webhookTo(url: string, home: WebhookHome = {}): Webhook {
  const hook = new Webhook({
    sender: { hostname: "lb-1", version: "1.2.3" },
    clock: home.clock ?? new FakeClock(),
    random: home.random ?? new FixedRandom(0),
    logger: home.logger ?? new FakeLogger(),
  });
  hook.configure({ url, secret: home.secret ?? "" });
  return hook;
}

function drained(id: string): ServerEvent {
  return { type: "backend.drained", data: { client_id: id } };
}

function ejected(id: string): ServerEvent {
  return { type: "backend.ejected", data: { client_id: id } };
}

function idOf({ data }: Readonly<Record<string, unknown>>): unknown {
  return (data as Readonly<Record<string, unknown>>).client_id;
}

function failingOnce(
  before: () => void = () => {},
  status = 500,
  retryAfter?: string,
): () => Response {
  let isFirst = true;
  return () => {
    if (!isFirst) return new Response();
    isFirst = false;
    before();
    const headers = retryAfter === undefined
      ? undefined
      : { "retry-after": retryAfter };
    return new Response(null, { status, ...(headers && { headers }) });
  };
}

async function logged(logger: FakeLogger, pattern: RegExp): Promise<void> {
  while (!logger.lines.some(({ message }) => pattern.test(message))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
