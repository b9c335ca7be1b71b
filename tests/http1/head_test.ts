import assert from "node:assert/strict";
import { Fields, FIELDS_MAX } from "../../src/http1/head.ts";

Deno.test("fields are kept in order with all their positions", () => {
  const fields = new Fields();
  assert.ok(fields.add(1, 2, 3, 4, 5));
  assert.ok(fields.add(10, 20, 30, 40, 50));
  assert.deepEqual(
    [0, 1].map((i) => [
      fields.nameStart(i),
      fields.nameEnd(i),
      fields.valueStart(i),
      fields.valueEnd(i),
      fields.number(i),
    ]),
    [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]],
  );
});

Deno.test("a full head takes no more fields and keeps those it has", () => {
  const fields = new Fields();
  for (let i = 0; i < FIELDS_MAX; i++) assert.ok(fields.add(i, i, i, i, 0));
  assert.ok(!fields.add(9, 9, 9, 9, 9));
  assert.equal(fields.count, FIELDS_MAX);
  assert.equal(fields.nameStart(FIELDS_MAX - 1), FIELDS_MAX - 1);
});

Deno.test("a new head has nothing left of the one before", () => {
  const fields = new Fields();
  fields.add(1, 2, 3, 4, 5);
  fields.drop(0);
  assert.ok(fields.isDropped(0));
  fields.nominate(7, 9);
  fields.clear();
  assert.equal(fields.count, 0);
  assert.equal(fields.nominatedCount, 0);
  fields.add(1, 2, 3, 4, 5);
  assert.ok(!fields.isDropped(0));
});

Deno.test("nominated names are kept up to a bound", () => {
  const fields = new Fields();
  let taken = 0;
  while (taken < 1000 && fields.nominate(taken, taken + 1)) taken++;
  assert.equal(taken, 32);
  assert.equal(fields.nominatedCount, 32);
  assert.deepEqual([fields.nominatedStart(31), fields.nominatedEnd(31)], [
    31,
    32,
  ]);
});
