import assert from "node:assert/strict";
import { ClosedMark } from "../../src/server/closed_mark.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("a mark outlives its process, and is for nobody else to read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const markNow = () =>
      new ClosedMark(`${folder}/opsen.db`, new FakeLogger());
    assert.equal(markNow().isThere, false);
    markNow().set();
    markNow().set();
    assert.equal(markNow().isThere, true);
    const { mode } = await Deno.stat(`${folder}/opsen.db-closed`);
    assert.equal((mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a mark is never written through a link", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/opsen.db-closed`);
    const mark = new ClosedMark(`${folder}/opsen.db`, new FakeLogger());
    mark.set();
    assert.equal(mark.isThere, true);
    await assert.rejects(Deno.lstat(`${folder}/elsewhere`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a mark that can't be written is said, and a database in memory has none", () => {
  const logger = new FakeLogger();
  new ClosedMark("/nonexistent/opsen.db", logger).set();
  assert.equal(logger.messages("warn").length, 1);
  const inMemory = new ClosedMark(":memory:", logger);
  inMemory.set();
  assert.equal(inMemory.isThere, false);
  assert.equal(logger.messages("warn").length, 1);
});
