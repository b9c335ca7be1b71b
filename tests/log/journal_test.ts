import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import { createLogger } from "../../src/log/create_logger.ts";
import { isJournal, withPriority } from "../../src/log/journal.ts";
import { opsen } from "../cli/fake_shell.ts";
import { MemoryStream } from "./memory_stream.ts";

/** What systemd would say if this process's standard error were its journal. */
function ownStream(): string {
  const { dev, ino } = fstatSync(2, { bigint: true });
  return `${dev}:${ino}`;
}

Deno.test("standard error is the journal when systemd named that very stream", () => {
  const own = ownStream();
  assert.equal(isJournal(own), true);
  for (const other of [undefined, "", `${own}1`, own.replace(":", " ")]) {
    assert.equal(isJournal(other), false, other);
  }
});

Deno.test("a line for the journal begins with its priority, in every format and at every level", async () => {
  for (const json of [false, true]) {
    const stream = new MemoryStream();
    const logger = createLogger({
      level: "debug",
      stream,
      json,
      journal: true,
    });
    logger.debug("a");
    logger.info("b");
    logger.warn("c");
    logger.error("d");
    logger.fatal("e");
    await logger.flush();
    assert.deepEqual(
      stream.lines.map((line) => line.slice(0, 4)),
      ["7", "6", "4", "3", "2"].map((mark) => `<${mark}>${json ? "{" : "2"}`),
    );
  }
});

Deno.test("rows of a stack are entries of the journal too, and bring the priority of their event", async () => {
  const stream = new MemoryStream();
  const logger = createLogger({ level: "debug", stream, journal: true });
  logger.error("It failed", { error: new Error("No") });
  await logger.flush();
  assert.ok(stream.lines.length > 2);
  for (const line of stream.lines) assert.match(line, /^<3>[^<]/);
  assert.equal(withPriority("warn", "a\n\nb\n"), "<4>a\n<4>\n<4>b\n");
});

Deno.test("what is wrong with a configuration is an error in the journal, and plain text elsewhere", async () => {
  const args = ["server", "--port", "many"];
  const elsewhere = await opsen(args);
  const { code, err } = await opsen(args, { JOURNAL_STREAM: ownStream() });
  assert.equal(code, 64);
  assert.match(elsewhere.err, /^[^<].*many/);
  assert.equal(err, withPriority("error", elsewhere.err));
});
