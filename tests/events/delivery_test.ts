import assert from "node:assert/strict";
import {
  attempt,
  type Attempted,
  RETRY_AFTER_MS_MAX,
  signature,
} from "../../src/events/delivery.ts";
import { Receiver } from "./receiver.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

Deno.test("a receiver that hangs has its time, and no more", async () => {
  const open = Promise.withResolvers<void>();
  await using receiver = new Receiver(async () => {
    await open.promise;
    return new Response();
  });
  const attempted = await outcomeOf(receiver.url, 50);
  open.resolve();
  assert.deepEqual(attempted, {
    kind: "failed",
    reason: "no answer within 0.05 s",
    waitMs: 0,
  });
});

for (
  const [field, waitMs] of [
    ["7", 7000],
    [new Date(NOW_MS + 30_000).toUTCString(), 30_000],
    [new Date(NOW_MS - 30_000).toUTCString(), 0],
    ["86400", RETRY_AFTER_MS_MAX],
    ["soon", 0],
    ["-5", 0],
  ] as const
) {
  Deno.test(`Retry-After: ${field} means ${waitMs} ms`, async () => {
    const headers = { "retry-after": field };
    await using receiver = new Receiver(() =>
      new Response(null, { status: 503, headers })
    );
    assert.deepEqual(await outcomeOf(receiver.url), {
      kind: "failed",
      reason: "it answered 503",
      waitMs,
    });
  });
}

Deno.test("the signature is the documented one", async () => {
  // What openssl dgst -sha256 -hmac key makes of 1767225600.{"id":"1"}
  assert.equal(
    await signature("key", '{"id":"1"}', 1_767_225_600),
    "t=1767225600,v1=3678941847a895d26e2068d419dc6533af70010f3cd815fe9cc9f3a467ab6276",
  );
});

async function outcomeOf(url: string, timeoutMs = 10_000): Promise<Attempted> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const message = { id: "1", type: "backend.drained", body: "{}" };
  return await attempt({ url, secret: "" }, message, {
    client,
    signal: new AbortController().signal,
    wallMs: NOW_MS,
    timeoutMs,
  });
}
