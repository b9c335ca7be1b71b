import assert from "node:assert/strict";
import { Guard } from "../../src/agent/guard.ts";
import { absent, present, type Reading } from "../../src/collect/reading.ts";
import { reasonOf, valueOf } from "../collect/readings.ts";
import { FakeLogger } from "../fakes/logger.ts";

type Answer = () => Reading<number> | Promise<Reading<number>>;

/** A guard before a collector that gives these answers one after the other, the last for ever. */
function guarded(answers: Answer[], known?: string) {
  const logger = new FakeLogger();
  let calls = 0;
  const guard = new Guard<number>({
    collect() {
      const answer = answers[Math.min(calls++, answers.length - 1)];
      assert.ok(answer);
      return answer();
    },
  }, { name: "disk", logger, known });
  return { guard, logger, calls: () => calls };
}

Deno.test("readings pass through without a word", () => {
  const { guard, logger } = guarded([() => present(1), () => present(2)]);
  assert.equal(valueOf(guard.read(0)), 1);
  assert.equal(valueOf(guard.read(1000)), 2);
  assert.deepEqual(logger.lines, []);
});

Deno.test("a collector that throws is absent and says so once, not every second", () => {
  const { guard, logger, calls } = guarded([() => {
    throw new Error("sensor fell off");
  }]);
  for (let now = 0; now < 600_000; now += 1000) {
    assert.equal(reasonOf(guard.read(now)), "sensor fell off");
  }
  assert.equal(calls(), 600);
  assert.deepEqual(logger.messages("warn"), [
    "No reading of the disk: sensor fell off",
  ]);
});

Deno.test("a thrown text is a reason too", () => {
  const { guard } = guarded([() => {
    throw "a bare text";
  }]);
  assert.equal(reasonOf(guard.read(0)), "a bare text");
});

Deno.test("a reading that comes back is said, and so is another reason", () => {
  const { guard, logger } = guarded([
    () => absent("gone"),
    () => absent("still broken"),
    () => present(1),
  ]);
  for (const now of [0, 100_000, 200_000, 300_000]) guard.read(now);
  assert.deepEqual(logger.lines.map(({ level, message }) => [level, message]), [
    ["warn", "No reading of the disk: gone"],
    ["warn", "No reading of the disk: still broken"],
    ["info", "There are readings of the disk again"],
  ]);
});

Deno.test("a reading that comes and goes is spoken of once a minute at most", () => {
  let count = 0;
  const { guard, logger } = guarded([
    () => count++ % 2 === 0 ? absent("flapping") : present(1),
  ]);
  for (let now = 0; now < 300_000; now += 1000) guard.read(now);
  assert.ok(logger.lines.length <= 5, String(logger.lines.length));
  assert.ok(logger.lines.length >= 2);
});

Deno.test("a reason that was told at the start is not told again", () => {
  const { guard, logger } = guarded(
    [() => absent("no such system")],
    "no such system",
  );
  guard.read(0);
  assert.deepEqual(logger.lines, []);
});

Deno.test("what was told at the start does not make a reading news", () => {
  const { guard, logger } = guarded([() => present(1)], "limits are not seen");
  guard.read(0);
  assert.deepEqual(logger.lines, []);
});

Deno.test("a promise is waited for by nobody: its reading is there the next time", async () => {
  const { guard, logger } = guarded([() => Promise.resolve(present(5))]);
  assert.equal(reasonOf(guard.read(0)), "Not read yet");
  await guard.settled();
  assert.equal(valueOf(guard.read(1000)), 5);
  assert.deepEqual(logger.lines, []);
  await guard.settled();
});

Deno.test("a promise that is rejected is an absent reading", async () => {
  const { guard } = guarded([() => Promise.reject(new Error("no disk"))]);
  guard.read(0);
  await guard.settled();
  assert.equal(reasonOf(guard.read(1000)), "no disk");
  await guard.settled();
});

Deno.test("a collector that hangs is asked once, is absent, and is there again when it answers", async () => {
  const answer = Promise.withResolvers<Reading<number>>();
  const { guard, logger, calls } = guarded([
    () => Promise.resolve(present(1)),
    () => answer.promise,
  ]);
  guard.read(0);
  await guard.settled();
  assert.equal(valueOf(guard.read(1000)), 1);
  assert.equal(valueOf(guard.read(2000)), 1);
  for (let now = 3000; now < 60_000; now += 1000) {
    assert.match(reasonOf(guard.read(now)), /No answer for 2 s/);
  }
  assert.equal(calls(), 2);
  assert.equal(logger.messages("warn").length, 1);
  answer.resolve(present(9));
  await guard.settled();
  assert.equal(valueOf(guard.read(70_000)), 9);
  await guard.settled();
});

Deno.test("nothing is waited for where nothing is out", async () => {
  await guarded([() => present(1)]).guard.settled();
});
