import assert from "node:assert/strict";
import { RecordCache } from "../../src/geo/record_cache.ts";

Deno.test("a record that could not be read is not read again", () => {
  const cache = new RecordCache();
  cache.begin();
  assert.equal(cache.get(100), undefined);
  assert.equal(cache.get(7), undefined);
  cache.giveUp();
  cache.begin();
  assert.deepEqual(cache.get(100), { value: undefined, offset: 0 });
  assert.equal(cache.get(7), undefined);
});

Deno.test("where no record was found, nothing is given up", () => {
  const cache = new RecordCache();
  const record = { location: { latitude: 1, longitude: 2 } };
  cache.begin();
  cache.get(100);
  cache.set(100, { value: record, offset: 120 });
  cache.begin();
  cache.giveUp();
  assert.deepEqual(cache.get(100)?.value, {
    location: record.location,
    country: { iso_code: undefined },
    city: { names: undefined },
  });
});

Deno.test("each record may refer to a thousand values", () => {
  const cache = new RecordCache();
  for (let record = 0; record < 2; record++) {
    cache.begin();
    for (let value = 0; value < 1000; value++) cache.get(value);
    assert.throws(() => cache.get(0), /refers to more than 1000 values/);
  }
});
