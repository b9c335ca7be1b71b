import assert from "node:assert/strict";
import { ServerWord } from "../../src/agent/server_word.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("that another machine uses the id is said once, and when it is over", () => {
  const logger = new FakeLogger();
  const word = new ServerWord(logger);
  for (const conflict of [undefined, "a and b", "a and b", undefined]) {
    word.hear({ isDrained: false, conflict });
  }
  assert.deepEqual(
    logger.lines.map(({ level, message }) => `${level}: ${message}`),
    [
      "warn: The server says: a and b",
      "info: No other machine uses this client's id any more",
    ],
  );
});

Deno.test("whether the machine is drained is what the last answer says", () => {
  const word = new ServerWord(new FakeLogger());
  const said = [true, false].map((isDrained) => {
    word.hear({ isDrained, conflict: undefined });
    return word.isDrained;
  });
  assert.deepEqual(said, [true, false]);
});
