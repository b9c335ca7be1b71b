import assert from "node:assert/strict";
import fc from "fast-check";
import { type Due, DueQueue, OUTSIDE } from "../../src/policy/due_queue.ts";

/** Puts one in, takes the first out if it is due, or takes one out of the middle. */
const STEP = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      dueAt: fc.nat(50),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      now: fc.nat(50),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("remove" as const),
      at: fc.nat(20),
    }),
  },
);
/** Enough for a heap of several levels, where one may have to rise into the place of another. */
const STEPS = fc.array(STEP, { minLength: 30, maxLength: 120 });

Deno.test("whatever comes and goes, the earliest is always first", () => {
  fc.assert(fc.property(STEPS, (steps) => {
    const queue = new DueQueue<Due>();
    const model: Due[] = [];
    const forget = (item: Due) => model.splice(model.indexOf(item), 1);
    for (const step of steps) {
      switch (step.kind) {
        case "add": {
          const item = { dueAt: step.dueAt, place: OUTSIDE };
          queue.add(item);
          model.push(item);
          break;
        }
        case "take": {
          const earliest = Math.min(...model.map(({ dueAt }) => dueAt));
          const item = queue.takeDue(step.now);
          if (item === undefined) assert.ok(earliest > step.now);
          else {
            assert.equal(item.dueAt, earliest);
            assert.equal(item.place, OUTSIDE);
            forget(item);
          }
          break;
        }
        case "remove": {
          const item = model[step.at];
          if (item === undefined) break;
          queue.remove(item);
          queue.remove(item);
          forget(item);
        }
      }
      assert.equal(queue.size, model.length);
      const earliest = Math.min(...model.map(({ dueAt }) => dueAt));
      assert.equal(queue.first()?.dueAt ?? Infinity, earliest);
    }
    const left = model.map(({ dueAt }) => dueAt).sort((a, b) => a - b);
    assert.deepEqual(left.map(() => queue.takeDue(50)?.dueAt), left);
  }));
});
