import assert from "node:assert/strict";
import { ClosedMark } from "../../src/server/closed_mark.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("a mark outlives its process, and goes when it is taken away", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const markNow = () =>
      new ClosedMark(`${folder}/opsen.db`, new FakeLogger());
    assert.equal(markNow().isThere, false);
    for (const isClosed of [true, true, false, false, true]) {
      markNow().set(isClosed);
      assert.equal(markNow().isThere, isClosed);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a mark that can't be written is said, and a database in memory has none", () => {
  const logger = new FakeLogger();
  new ClosedMark("/nonexistent/opsen.db", logger).set(true);
  assert.equal(logger.messages("warn").length, 1);
  const inMemory = new ClosedMark(":memory:", logger);
  inMemory.set(true);
  assert.equal(inMemory.isThere, false);
  assert.equal(logger.messages("warn").length, 1);
});
