import assert from "node:assert/strict";
import { octetsOf } from "../../src/http1/octets.ts";
import { conversationOf, play } from "./conversation.ts";
import { CONVERSATIONS } from "./conversations.ts";
import { differenceOf, requestProblem } from "./exchange_target.ts";

/** Every so many positions are tried of each example; the examples begin at different ones. */
const STRIDE = 5;

/** Cuts what is told first by the caller, or then by the origin. */
function cutAt(position: number, telling: 1 | 2) {
  let count = 0;
  return {
    bytes: (available: number) =>
      ++count === telling ? Math.min(position, available) : available,
  };
}

Deno.test("a conversation is the same wherever requests and responses are cut", () => {
  CONVERSATIONS.forEach((example, index) => {
    const conversation = conversationOf(octetsOf(example), index % 2 === 0);
    const whole = play(conversation, {});
    assert.equal(whole.problem, undefined);
    const texts = [conversation.request, conversation.response];
    texts.forEach((text, side) => {
      for (let at = 1 + index % STRIDE; at < text.length; at += STRIDE) {
        const cut = play(conversation, cutAt(at, side === 0 ? 1 : 2));
        const difference = cut.problem ??
          differenceOf(conversation, whole, cut);
        assert.equal(difference, undefined, `${example} at ${at}`);
      }
    });
  });
});

Deno.test("a conversation that differs is noticed", () => {
  const conversation = conversationOf(
    octetsOf("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    false,
  );
  const whole = play(conversation, {});
  assert.equal(whole.requests.length, 1);
  assert.match(whole.caller, /\r\n\r\nok$/);
  const others = [
    { ...whole, caller: whole.caller.slice(0, -1) },
    { ...whole, callerFate: "aborted" as const },
    { ...whole, origins: whole.origins.map((text) => `${text}x`) },
  ];
  for (const other of others) {
    assert.ok(differenceOf(conversation, whole, other) !== undefined);
  }
});

Deno.test("requests that the caller never sent, and bodies that it did not send, are noticed", () => {
  const conversation = conversationOf(
    octetsOf(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
    ),
    false,
  );
  const whole = play(conversation, {});
  const [get, post] = whole.requests;
  assert.ok(get !== undefined && post !== undefined);
  const problem = (requests: typeof whole.requests) =>
    requestProblem(conversation, { ...whole, requests });
  assert.equal(problem(whole.requests), undefined);
  assert.equal(problem([get, get, post]), undefined, "sent once more");
  assert.equal(problem([post]), undefined);
  assert.ok(problem([post, get]) !== undefined);
  assert.ok(problem([get, { ...post, body: "a" }]) !== undefined);
  assert.ok(problem([get, { ...get, id: "another" }]) !== undefined);
});

Deno.test("somebody who goes away in the middle leaves nothing behind", () => {
  for (const example of CONVERSATIONS) {
    const conversation = conversationOf(octetsOf(example), false);
    for (let step = 0; step < 4; step++) {
      let left = step;
      const { problem } = play(conversation, {}, (caller) => {
        if (left-- === 0) caller.reset();
      });
      assert.equal(problem, undefined, example);
    }
  }
});
