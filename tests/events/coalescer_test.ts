import assert from "node:assert/strict";
import fc from "fast-check";
import {
  Coalescer,
  type Passed,
  WINDOW_MS,
} from "../../src/events/coalescer.ts";
import type { EventType } from "../../src/ports.ts";

Deno.test("away and back pass at once, of the rest the latest when the time is over", () => {
  const coalescer = new Coalescer();
  const at = (ms: number, type: EventType) =>
    typeOf(coalescer.take(event(type, "a"), ms, ms));
  assert.equal(at(0, "backend.ejected"), "backend.ejected");
  assert.equal(at(1000, "backend.returned"), "backend.returned");
  assert.equal(at(2000, "backend.ejected"), undefined);
  assert.equal(at(3000, "backend.returned"), undefined);
  assert.equal(at(4000, "backend.ejected"), undefined);
  assert.equal(coalescer.dueAt, WINDOW_MS);
  assert.deepEqual(coalescer.due(WINDOW_MS - 1), []);
  assert.deepEqual(coalescer.due(WINDOW_MS), [{
    event: event("backend.ejected", "a"),
    atMs: 4000,
    suppressed: 2,
  }]);
  assert.equal(at(WINDOW_MS + 1, "backend.returned"), "backend.returned");
  assert.equal(at(WINDOW_MS + 2, "backend.ejected"), undefined);
  assert.equal(coalescer.due(2 * WINDOW_MS)[0]?.suppressed, 0);
  assert.deepEqual(coalescer.due(3 * WINDOW_MS), []);
  assert.equal(coalescer.dueAt, undefined);
});

Deno.test("other backends, other subjects and what people ask for are not held back", () => {
  const coalescer = new Coalescer();
  const passes = (type: EventType, id: string) =>
    coalescer.take(event(type, id), 0, 0) !== undefined;
  assert.ok(passes("backend.ejected", "a"));
  assert.ok(passes("backend.returned", "a"));
  assert.ok(!passes("backend.ejected", "a"));
  assert.ok(passes("backend.ejected", "b"));
  assert.ok(passes("backend.unhealthy", "a"));
  for (let times = 0; times < 5; times++) {
    assert.ok(passes("backend.draining", "a"));
    assert.ok(passes("config.refused", "a"));
  }
});

Deno.test("the last that is heard is the last that happened, and none is forgotten", () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: WINDOW_MS }),
      isOut: fc.boolean(),
    }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const coalescer = new Coalescer();
      const heard: Passed[] = [];
      let now = 0;
      for (const { afterMs, isOut } of steps) {
        now += afterMs;
        heard.push(...coalescer.due(now));
        const type = isOut ? "backend.ejected" : "backend.returned";
        const passed = coalescer.take(event(type, "a"), now, now);
        if (passed !== undefined) heard.push(passed);
      }
      heard.push(...coalescer.due(now + WINDOW_MS));
      assert.equal(heard.at(-1)?.atMs, now);
      const told = heard.reduce(
        (sum, { suppressed }) => sum + 1 + suppressed,
        0,
      );
      assert.equal(told, steps.length);
    }),
  );
});

function event(type: EventType, id: string) {
  return { type, data: { client_id: id } };
}

function typeOf(passed: Passed | undefined): EventType | undefined {
  return passed?.event.type;
}
