import assert from "node:assert/strict";
import { exchangeWithin } from "../../src/agent/exchange.ts";
import type { Answer } from "../../src/agent/transport.ts";

const YES: Answer = { kind: "answered", status: 200, location: "", text: "" };

/** Why an exchange that fails with this had no answer. */
async function reasonFor(error: unknown): Promise<string> {
  const answer = await exchangeWithin(
    60_000,
    new AbortController().signal,
    () => Promise.reject(error),
  );
  return answer.kind === "unanswered" ? answer.reason : "answered";
}

Deno.test("an answer is passed on as it is", async () => {
  const { signal } = new AbortController();
  const answer = await exchangeWithin(60_000, signal, () => {
    return Promise.resolve(YES);
  });
  assert.equal(answer, YES);
});

Deno.test("the innermost cause is the reason, without the address around it", async () => {
  const refused = new Error("Connection refused (os error 111)");
  const wrapped = new TypeError("error sending request for url (http://h/)", {
    cause: new Error("client error (Connect)", { cause: refused }),
  });
  assert.equal(await reasonFor(wrapped), "Connection refused (os error 111)");
  assert.equal(
    await reasonFor(
      new TypeError("error for url (http://h/): client error (Connect): gone"),
    ),
    "gone",
  );
});

Deno.test("whatever is thrown is a reason", async () => {
  assert.equal(await reasonFor(new Error("odd")), "odd");
  assert.equal(await reasonFor("a bare text"), "a bare text");
  assert.equal(await reasonFor(undefined), "undefined");
  const text = new Error("odd", { cause: "the cause is no error" });
  assert.equal(await reasonFor(text), "odd");
});

Deno.test("work that is late is aborted, and the time it had is the reason", async () => {
  const { signal } = new AbortController();
  let aborted = false;
  const answer = await exchangeWithin(5, signal, (signal) => {
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        aborted = true;
        reject(signal.reason);
      })
    );
  });
  assert.ok(aborted);
  assert.deepEqual(answer, {
    kind: "unanswered",
    reason: "no answer within 0.005 s",
  });
});
