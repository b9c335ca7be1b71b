import assert from "node:assert/strict";
import { RefusalLog } from "../../src/api/refusal_log.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("a caller that is turned away is told once a minute, with how many there were", () => {
  const logger = new FakeLogger();
  const clock = new FakeClock();
  const log = new RefusalLog(logger, clock);
  for (let i = 0; i < 1000; i++) {
    log.take("wrong_key", "Invalid API key", "192.0.2.1", `r-${i}`);
    log.take("unknown_tier", "Unknown tier: x", "192.0.2.1", `r-${i}`);
  }
  log.take("address_not_allowed", "Address not allowed", "192.0.2.2", "r-x");
  clock.advance(60_000);
  log.take("wrong_key", "Invalid API key", "192.0.2.3", "r-y");
  assert.deepEqual(
    logger.lines.map(({ level, data }) => [
      level,
      data["code"],
      data["ip"],
      data["moreBefore"],
      data["requestId"],
    ]),
    [
      ["warn", "wrong_key", "192.0.2.1", undefined, "r-0"],
      ["warn", "address_not_allowed", "192.0.2.2", undefined, "r-x"],
      ["warn", "wrong_key", "192.0.2.3", 999, "r-y"],
    ],
  );
});
