import assert from "node:assert/strict";
import { readBody, SMALL_BODY_BYTES_MAX } from "../../src/api/body_reader.ts";

const LIMITS = { bodyBytesMax: 1000, bodyTimeoutMs: 30_000 };

Deno.test("a body within the bound is read whole, however it is cut", async () => {
  for (const cut of [1, 7, 999, 1000]) {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
    assert.deepEqual(await readBody(pieces(bytes, cut), LIMITS), bytes);
  }
});

Deno.test("a body larger than the first buffer is read whole", async () => {
  const length = 3 * SMALL_BODY_BYTES_MAX + 17;
  const bytes = Uint8Array.from({ length }, (_, at) => at % 251);
  const limits = { ...LIMITS, bodyBytesMax: length };
  assert.deepEqual(await readBody(pieces(bytes, 5000), limits), bytes);
});

Deno.test("a body that is one byte too long is refused when that byte arrives", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 100;
      controller.enqueue(new Uint8Array(100));
    },
  });
  assert.equal(
    codeOf(await readBody(posted(endless), LIMITS)),
    "body_too_large",
  );
  assert.ok(sent <= 1300, `${sent} bytes were taken`);
});

Deno.test("a length that is declared too long is refused before a byte is read", async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull() {
      throw new Error("Must not be read");
    },
  }, { highWaterMark: 0 });
  const request = posted(stream, { "content-length": "1001" });
  const refusal = await readBody(request, LIMITS);
  assert.equal(codeOf(refusal), "body_too_large");
  assert.deepEqual(
    refusal instanceof Uint8Array ? undefined : refusal.headers,
    { connection: "close" },
  );
});

Deno.test("a length that is declared too short is not believed", async () => {
  const request = pieces(new Uint8Array(1001), 1001, { "content-length": "5" });
  assert.equal(codeOf(await readBody(request, LIMITS)), "body_too_large");
});

Deno.test("a length that is no number is not believed either", async () => {
  for (const declared of ["-5", "abc", "1e1000000", "0x5"]) {
    const headers = { "content-length": declared };
    const read = await readBody(
      pieces(new Uint8Array(1001), 10, headers),
      LIMITS,
    );
    assert.equal(codeOf(read), "body_too_large", declared);
  }
});

Deno.test("a caller that goes away is no failure of ours", async () => {
  for (const headers of [{}, { "content-length": "50" }]) {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("connection reset"));
      },
    });
    const read = await readBody(posted(broken, headers), LIMITS);
    assert.equal(codeOf(read), "body_aborted");
  }
});

Deno.test("a large body that never ends is given up at the deadline", async () => {
  let cancelled = false;
  const stalled = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (cancelled = true),
  });
  const limits = { ...LIMITS, bodyTimeoutMs: 20 };
  assert.equal(codeOf(await readBody(posted(stalled), limits)), "body_timeout");
  assert.ok(cancelled);
});

Deno.test("without a deadline a slow body is waited for", async () => {
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(new Uint8Array(10));
      controller.close();
    },
  });
  const limits = { ...LIMITS, bodyTimeoutMs: 0 };
  assert.equal((await readBody(posted(slow), limits) as Uint8Array).length, 10);
});

Deno.test("a request without a body has an empty one", async () => {
  const request = new Request("http://opsen.test/", { method: "POST" });
  assert.deepEqual(await readBody(request, LIMITS), new Uint8Array());
});

function pieces(
  bytes: Uint8Array,
  cut: number,
  headers: HeadersInit = {},
): Request {
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + cut));
      at += cut;
      if (at >= bytes.length) controller.close();
    },
  });
  return posted(stream, headers);
}

function posted(
  stream: ReadableStream<Uint8Array>,
  headers: HeadersInit = {},
): Request {
  return new Request("http://opsen.test/", {
    method: "POST",
    body: stream,
    headers,
  });
}

function codeOf(read: Awaited<ReturnType<typeof readBody>>): string {
  return read instanceof Uint8Array ? `${read.length} bytes` : read.code;
}
