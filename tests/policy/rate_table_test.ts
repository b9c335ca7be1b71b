import assert from "node:assert/strict";
import fc from "fast-check";
import { type AddressKey, RateTable } from "../../src/policy/rate_table.ts";
import { seedOf } from "../seed.ts";

const HASH_SEED = { high: 0x1234_5678, low: -77 };
const MILLION = 1_000_000;

/** Address `number` of a great many. */
function address(number: number): AddressKey {
  return { high: 0, low: number | 0 };
}

Deno.test("what an address owes is what a plain list says, whatever else happens", () => {
  const step = fc.record({
    address: fc.integer({ min: 0, max: 40 }),
    passes: fc.constantFrom(0, 0.25, 1, 7.5),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300 }),
      fc.constantFrom(1, 3, 10),
      (steps, most) => {
        const table = new RateTable(HASH_SEED);
        const owed = new Map<number, number>();
        let reading = 1;
        for (const { address: number, passes } of steps) {
          reading += passes;
          for (const [other, debt] of owed) {
            owed.set(other, Math.max(0, debt - passes));
          }
          const wanted = (owed.get(number) ?? 0) + 1;
          if (wanted <= most) owed.set(number, wanted);
          assert.equal(table.charge(address(number), reading, most), wanted);
        }
      },
    ),
    { seed: seedOf("rates") },
  );
});

Deno.test("both halves of a key tell callers apart", () => {
  const table = new RateTable(HASH_SEED);
  const keys = [[0, 0], [0, 1], [1, 0], [-1, 1], [1, -1], [-1, -1]] as const;
  for (const [high, low] of keys) {
    assert.equal(table.charge({ high, low }, 1, 5), 1);
  }
  for (const [high, low] of keys) {
    assert.equal(table.charge({ high, low }, 1, 5), 2);
  }
});

Deno.test("a million addresses cost less than 64 MB, and nearly all of them are remembered", () => {
  const table = new RateTable(HASH_SEED);
  for (let i = 0; i < MILLION; i++) table.charge(address(i * 7), 1, 2);
  assert.ok(table.bytes < 64_000_000, `${table.bytes} octets`);
  let remembered = 0;
  for (let i = 0; i < MILLION; i += 97) {
    if (table.charge(address(i * 7), 1, 1) > 1) remembered++;
  }
  assert.ok(remembered > 0.98 * MILLION / 97, `${remembered} remembered`);
});

Deno.test("who sends much stays limited while a flood of other addresses passes through", () => {
  const table = new RateTable(HASH_SEED, 2 ** 12);
  const most = 100;
  const heavy = Array.from({ length: 50 }, (_, i) => address(-1 - i));
  for (const key of heavy) {
    for (let i = 0; i < most; i++) table.charge(key, 1, most);
  }
  for (let i = 0; i < 50 * 2 ** 12; i++) table.charge(address(i), 1, most);
  for (const key of heavy) assert.equal(table.charge(key, 1, most), most + 1);
});

Deno.test("the table stays small while whoever came before owes nothing any more", () => {
  const table = new RateTable(HASH_SEED);
  const { bytes } = table;
  for (let i = 0; i < 100_000; i++) table.charge(address(i), 1 + i, 10);
  assert.equal(table.bytes, bytes);
});

Deno.test("another seed puts addresses elsewhere, so that nobody can choose who shares places", () => {
  const evicted = (low: number) => {
    const table = new RateTable({ high: 5, low }, 2 ** 12);
    for (let i = 0; i < 2 ** 14; i++) table.charge(address(i), 1, 2);
    return Array.from(
      { length: 2 ** 10 },
      (_, i) => table.charge(address(i), 1, 1) === 1,
    ).join();
  };
  assert.equal(evicted(1), evicted(1));
  assert.notEqual(evicted(1), evicted(2));
});

Deno.test("addresses that count up spread evenly over the table", () => {
  const table = new RateTable(HASH_SEED, 2 ** 15);
  // A quarter of the places: with an even spread nearly none of eight-place sets is full.
  for (let i = 0; i < 2 ** 13; i++) table.charge(address(i << 8), 1, 2);
  let forgotten = 0;
  for (let i = 0; i < 2 ** 13; i++) {
    if (table.charge(address(i << 8), 1, 1) === 1) forgotten++;
  }
  assert.ok(forgotten < 2 ** 13 / 100, `${forgotten} forgotten`);
});
