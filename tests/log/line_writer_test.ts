import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type LineStream,
  LineWriter,
  QUEUED_CHARACTERS_MAX,
} from "../../src/log/line_writer.ts";
import { MemoryStream } from "./memory_stream.ts";

const ANY_MS = 60_000;

Deno.test("lines arrive whole and in order, however little a write takes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme" })),
      fc.integer({ min: 1, max: 7 }),
      async (texts, step) => {
        const memory = new MemoryStream();
        const stream = {
          write: (bytes: Uint8Array) => memory.write(bytes.subarray(0, step)),
        };
        const writer = new LineWriter(stream, String);
        for (const text of texts) writer.write(`${text}\n`);
        await writer.flush(ANY_MS);
        assert.equal(memory.text, texts.map((text) => `${text}\n`).join(""));
      },
    ),
  );
});

Deno.test("the first write starts before the caller goes on", () => {
  const memory = new MemoryStream();
  new LineWriter(memory, String).write("Now\n");
  assert.equal(memory.text, "Now\n");
});

Deno.test("flushing an idle writer settles", async () => {
  await new LineWriter(new MemoryStream(), String).flush(ANY_MS);
});

Deno.test("a stalled stream holds up neither the caller nor a flush, and the queue stays bounded", async () => {
  const { stream, gate, memory } = gated();
  const writer = new LineWriter(stream, (count) => `${count} lost\n`);
  const line = `${"x".repeat(1023)}\n`;
  const linesMax = QUEUED_CHARACTERS_MAX / line.length;
  for (let i = 0; i < 3 * linesMax; i++) writer.write(line);
  await writer.flush(1);
  assert.equal(memory.text, "");

  gate.resolve();
  await writer.flush(ANY_MS);
  // One line was being written, `linesMax` waited, the rest was lost; the next batch tells.
  writer.write("After\n");
  await writer.flush(ANY_MS);
  const lost = 3 * linesMax - linesMax - 1;
  assert.equal(
    memory.lines.filter((text) => text.startsWith("x")).length,
    linesMax + 1,
  );
  assert.deepEqual(memory.lines.filter((text) => text.endsWith(" lost")), [
    `${lost} lost`,
  ]);
  assert.equal(memory.lines.at(-1), "After");
});

Deno.test("a stream that refuses loses those lines, tells how many, and is tried again", async () => {
  const memory = new MemoryStream();
  const refusals = [
    new Deno.errors.BrokenPipe("Gone"),
    new Error("No space left on device"),
  ];
  const stream = {
    write(bytes: Uint8Array): Promise<number> {
      const refusal = refusals.shift();
      return refusal === undefined
        ? memory.write(bytes)
        : Promise.reject(refusal);
    },
  };
  const writer = new LineWriter(stream, (count) => `${count} lost\n`);
  writer.write("One\n");
  await writer.flush(ANY_MS);
  writer.write("Two\n");
  await writer.flush(ANY_MS);
  writer.write("Three\n");
  await writer.flush(ANY_MS);
  assert.equal(memory.text, "2 lost\nThree\n");
  writer.write("Four\n");
  await writer.flush(ANY_MS);
  assert.equal(memory.text, "2 lost\nThree\nFour\n");
});

Deno.test("a stream that throws instead of rejecting is no different", async () => {
  const writer = new LineWriter({
    write() {
      throw new Error("Closed");
    },
  }, String);
  writer.write("One\n");
  await writer.flush(ANY_MS);
});

Deno.test("a line that was cut off is ended before the next one starts", async () => {
  const memory = new MemoryStream();
  const steps = [3, 0];
  const stream = {
    write(bytes: Uint8Array): Promise<number> {
      const step = steps.shift();
      if (step === 0) {
        return Promise.reject(new Error("No space left on device"));
      }
      return memory.write(bytes.subarray(0, step));
    },
  };
  const writer = new LineWriter(stream, (count) => `${count} lost\n`);
  writer.write("Hello\n");
  await writer.flush(ANY_MS);
  writer.write("World\n");
  await writer.flush(ANY_MS);
  assert.equal(memory.text, "Hel\n1 lost\nWorld\n");
});

Deno.test("a stream that would block is tried until it takes the line", async () => {
  const memory = new MemoryStream();
  const blocked = [true, true, false];
  const stream = {
    write(bytes: Uint8Array): Promise<number> {
      return blocked.shift()
        ? Promise.reject(new Deno.errors.WouldBlock("Later"))
        : memory.write(bytes);
    },
  };
  const writer = new LineWriter(stream, String);
  writer.write("One\n");
  await writer.flush(ANY_MS);
  assert.equal(memory.text, "One\n");
});

function gated(): {
  stream: LineStream;
  gate: PromiseWithResolvers<void>;
  memory: MemoryStream;
} {
  const gate = Promise.withResolvers<void>();
  const memory = new MemoryStream();
  return {
    gate,
    memory,
    stream: { write: (bytes) => gate.promise.then(() => memory.write(bytes)) },
  };
}
