import assert from "node:assert/strict";
import { isTimeout, withDeadline } from "../../src/agent/deadline.ts";

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
}

Deno.test("work that ends in time gives what it gives, and leaves no timer", async () => {
  const { signal } = new AbortController();
  assert.equal(await withDeadline(60_000, signal, () => Promise.resolve(7)), 7);
});

Deno.test("work that is late is aborted and fails with a time-out", async () => {
  const { signal } = new AbortController();
  await assert.rejects(withDeadline(5, signal, untilAborted), (error) => {
    assert.ok(isTimeout(error));
    return true;
  });
});

Deno.test("the caller's abort is no time-out", async () => {
  const controller = new AbortController();
  const work = withDeadline(60_000, controller.signal, untilAborted);
  controller.abort(new Error("enough"));
  await assert.rejects(work, (error) => {
    assert.ok(!isTimeout(error));
    assert.match(String(error), /enough/);
    return true;
  });
});

Deno.test("what the work throws is thrown", async () => {
  const { signal } = new AbortController();
  await assert.rejects(
    withDeadline(60_000, signal, () => Promise.reject(new RangeError("odd"))),
    RangeError,
  );
});
