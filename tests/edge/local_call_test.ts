import assert from "node:assert/strict";
import type {
  LocalAnswer,
  LocalApi,
  LocalRequest,
} from "../../src/edge/local_request.ts";
import { PANIC_MESSAGE } from "../../src/edge/panic.ts";
import {
  ADMIN_PORT,
  API,
  CALLER_IP,
  EdgeWorld,
  SETTINGS,
} from "./edge_world.ts";
import { codeOf, head, OK, post, statusesOf, valuesOf } from "./exchanges.ts";

const ASK = post("/route", "{}");

function answerOf(body: string, status = 200): LocalAnswer {
  return { status, fields: { "content-type": "text/plain" }, body };
}

/** An API whose answers come when the test gives them. */
function slowApi() {
  const calls: {
    readonly request: LocalRequest;
    readonly answer: PromiseWithResolvers<LocalAnswer>;
  }[] = [];
  const local: LocalApi = (request) => {
    const answer = Promise.withResolvers<LocalAnswer>();
    calls.push({ request, answer });
    return answer.promise;
  };
  return { calls, local };
}

Deno.test("an answer that is there at once leaves at once, without a connection", () => {
  const seen: unknown[] = [];
  using world = new EdgeWorld({
    local: ({ fields, body, callerIp, requestId }) => {
      const text = new TextDecoder().decode(body);
      seen.push(text, callerIp, requestId, fields.get("CONTENT-type"));
      return answerOf("gr\u00f6\u00dfer");
    },
  });
  const caller = world.call(ASK);
  assert.match(
    caller.received,
    /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\ncontent-length: 8\r\ndate: Thu, 01 Jan 2026 [^]*\r\n\r\ngr\xc3\xb6\xc3\x9fer$/,
  );
  const [id] = valuesOf(caller.received, "X-Request-ID");
  assert.deepEqual(seen, ["{}", CALLER_IP, id, "application/json"]);
  assert.deepEqual(world.places, []);
  world.say(caller, ASK);
  assert.deepEqual(statusesOf(caller.received), [200, 200]);
});

Deno.test("what is not plain goes to the API over its socket", () => {
  const others = [
    post("/route?", "{}"),
    post("/router", "{}"),
    post("http://a/route", "{}"),
    post("/route", "{}").replace("POST", "post"),
    post("/route", "{}").replace("HTTP/1.1", "HTTP/1.0"),
    post("/route", "{}", "text/plain", "Expect: 100-continue"),
    post("/route", "{}", "text/plain", "Connection: upgrade", "Upgrade: x"),
    post("/route", "{}").slice(0, -1),
    head("POST /route", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    head("POST /route"),
    head("GET /route"),
    post("/clients/purge", ""),
  ];
  for (const other of others) {
    using world = new EdgeWorld({ local: () => assert.fail(other) });
    world.call(other, CALLER_IP, ADMIN_PORT);
    assert.deepEqual(world.places, [API], other);
  }
});

Deno.test("the management address answers the same way", () => {
  using world = new EdgeWorld({ local: () => answerOf("") });
  const caller = world.call(ASK, CALLER_IP, ADMIN_PORT);
  assert.deepEqual(statusesOf(caller.received), [200]);
});

Deno.test("fields are read as the API would get them, and not after the call", () => {
  let kept: LocalRequest | undefined;
  const found: (string | null)[] = [];
  using world = new EdgeWorld({
    settings: { trustedProxies: [CALLER_IP] },
    local: (request) => {
      kept = request;
      for (const name of ["twice", "opsen-caller", "hop", "none", "empty"]) {
        found.push(request.fields.get(name));
      }
      return answerOf("");
    },
  });
  const fields = [
    "Twice: a",
    "TWICE:  b\t",
    "Opsen-Caller: 192.0.2.1",
    "X-Forwarded-For: 198.51.100.4",
    "Connection: hop",
    "Hop: 1",
    "Empty:",
  ];
  world.call(post("/route", "{}", "", ...fields));
  assert.deepEqual(found, ["a, b", null, null, null, ""]);
  assert.equal(kept?.callerIp, "198.51.100.4");
  assert.throws(() => kept?.fields.get("twice"), /whose call is over/);
});

Deno.test("an answer that comes later is waited for, and what follows waits behind it", async () => {
  const { calls, local } = slowApi();
  using world = new EdgeWorld({ local });
  const caller = world.call(ASK + ASK);
  world.say(caller, head("GET /health"));
  await world.turn();
  assert.deepEqual([calls.length, caller.received], [1, ""]);
  calls[0]?.answer.resolve(answerOf("first"));
  await world.turn();
  calls[1]?.answer.resolve(answerOf("second", 400));
  await world.turn();
  assert.deepEqual(statusesOf(caller.received), [200, 400]);
  assert.ok(calls.every(({ request }) => !request.signal.aborted));
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.received), [200, 400, 200]);
});

Deno.test("a caller that leaves before its answer is told of, and the answer goes nowhere", async () => {
  const { calls, local } = slowApi();
  using world = new EdgeWorld({ local });
  const leave = [
    (world: EdgeWorld, ahead: string) => world.end(world.call(ASK + ahead)),
    (world: EdgeWorld, ahead: string) => world.reset(world.call(ASK + ahead)),
  ];
  for (const ahead of ["", ASK]) {
    for (const leaves of leave) {
      leaves(world, ahead);
      const call = calls.pop();
      assert.equal(call?.request.signal.aborted, true);
      call?.answer.resolve(answerOf("late"));
      await world.turn();
      assert.equal(calls.length, 0);
    }
  }
});

Deno.test("an answer that does not come is given up in time", async () => {
  const { calls, local } = slowApi();
  using world = new EdgeWorld({ local });
  const caller = world.call(ASK);
  world.pass(SETTINGS.requestTimeoutMs - 100);
  assert.equal(caller.received, "");
  world.pass(200);
  assert.equal(codeOf(caller.received), "upstream_timeout");
  assert.equal(calls[0]?.request.signal.aborted, true);
  calls[0]?.answer.resolve(answerOf("late"));
  await world.turn();
  assert.deepEqual(statusesOf(caller.received), [504]);
});

Deno.test("an API that fails is answered for, at once and later", async () => {
  for (const local of [() => assert.fail("no"), () => Promise.reject("no")]) {
    using world = new EdgeWorld({ local });
    const caller = world.call(ASK);
    await world.turn();
    assert.equal(codeOf(caller.received), "internal_error");
    assert.deepEqual(world.logger.messages("error"), [
      PANIC_MESSAGE,
    ]);
  }
});

Deno.test("who drains waits for answers, and ends their connections with them", async () => {
  const { calls, local } = slowApi();
  using world = new EdgeWorld({ local });
  const caller = world.call(ASK);
  world.edge.drain();
  assert.equal(caller.fate, "open");
  calls[0]?.answer.resolve(answerOf("done"));
  await world.turn();
  assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
  assert.equal(caller.fate, "closed");
});
