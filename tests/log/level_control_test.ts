import assert from "node:assert/strict";
import { LevelControl } from "../../src/log/level_control.ts";
import type { LogLevel } from "../../src/log/log_level.ts";
import type { LogData } from "../../src/ports.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** Keeps the level that it is given. */
class LevelledLogger extends FakeLogger {
  level: LogLevel = "info";
  /** The level in force when each line was said. */
  readonly saidAt: LogLevel[] = [];

  setLevel(level: LogLevel): void {
    this.level = level;
  }

  override info(message: string, data?: LogData): void {
    this.saidAt.push(this.level);
    super.info(message, data);
  }
}

function controlled() {
  const logger = new LevelledLogger();
  const clock = new FakeClock();
  return {
    logger,
    clock,
    control: new LevelControl("info", { logger, clock }),
  };
}

Deno.test("a level holds until its time has passed, and the configured one comes back", async () => {
  const { logger, clock, control: held } = controlled();
  using control = held;
  control.set("debug", 20);
  assert.equal(logger.level, "debug");
  assert.deepEqual(control.current(), {
    level: "debug",
    untilMs: clock.wallMs() + 20,
  });
  while (logger.level === "debug") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(control.current(), { level: "info", untilMs: undefined });
  assert.equal(logger.level, "info");
});

Deno.test("a configuration that changes meanwhile does not end it, but is what comes back", () => {
  const { logger, control: held } = controlled();
  using control = held;
  control.set("debug", 60_000);
  control.configure("warn");
  assert.deepEqual(
    [logger.level, control.current().level],
    ["debug", "debug"],
  );
  control.reset();
  assert.deepEqual([logger.level, control.current().level], ["warn", "warn"]);
  control.configure("error");
  assert.equal(logger.level, "error");
});

Deno.test("a second level replaces the first, and its end too", async () => {
  const { logger, control: held } = controlled();
  using control = held;
  control.set("debug", 5);
  control.set("error", 60_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(logger.level, "error");
});

Deno.test("what is no level changes nothing", () => {
  const { logger, control: held } = controlled();
  using control = held;
  assert.throws(() => control.set("loud", 1000), TypeError);
  assert.equal(logger.level, "info");
  control.reset();
  assert.deepEqual(logger.lines, []);
});

Deno.test("a change is said while the log still, or already, prints it", () => {
  const { logger, control: held } = controlled();
  using control = held;
  control.set("error", 60_000);
  control.set("debug", 60_000);
  control.reset();
  assert.deepEqual(logger.saidAt, ["info", "debug", "debug"]);
});
