import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import {
  instantText,
  parseTimestamp,
  secondsText,
} from "../../src/store/timestamps.ts";
import { seedOf } from "../seed.ts";

const INSTANT_MS = Date.UTC(2026, 10, 20, 16, 53, 47, 783);

/** The years 1970 to 9999, which text of four digits can hold. */
const instants = () => fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });

Deno.test("timestamps are written as the Go server wrote them", () => {
  assert.equal(secondsText(INSTANT_MS), "2026-11-20 16:53:47");
  assert.equal(instantText(INSTANT_MS), "2026-11-20 16:53:47.783+00:00");
});

Deno.test("every known way to write a timestamp is read", () => {
  const wholeMs = Date.UTC(2026, 10, 20, 16, 53, 47);
  for (
    const [text, ms] of [
      ["2026-11-20 16:53:47.783101171+00:00", INSTANT_MS],
      ["2026-11-20T16:53:47.783Z", INSTANT_MS],
      ["2026-11-20 18:53:47.783999 +0200", INSTANT_MS],
      ["2026-11-20 16:53:47.783 +0000 UTC m=+0.5", INSTANT_MS],
      ["2026-11-20 16:53:47", wholeMs],
      ["2026-11-20 16:53:47.1", wholeMs + 100],
      ["2026-11-20 16:53", Date.UTC(2026, 10, 20, 16, 53)],
      ["1969-12-31 23:59:59", -1000],
      ["0001-01-01 00:00:00+00:00", -62_135_596_800_000],
    ] as const
  ) assert.equal(parseTimestamp(text), ms, text);
});

Deno.test("what is no timestamp is none", () => {
  for (
    const value of [
      "",
      "yesterday",
      "2026-13-01 00:00:00",
      "2026-11-20",
      "2026-11-20 25:00:00",
      "1763657627",
      " 2026-11-20 16:53:47",
      1_763_657_627,
      null,
      undefined,
      new Uint8Array(),
    ]
  ) assert.equal(parseTimestamp(value), undefined, String(value));
});

Deno.test("instants come back as they were, and sort as text by time and before the next second", () => {
  fc.assert(
    fc.property(instants(), instants(), (a, b) => {
      assert.equal(parseTimestamp(instantText(a)), a);
      assert.equal(
        parseTimestamp(secondsText(a)),
        Math.floor(a / 1000) * 1000,
      );
      assert.equal(instantText(a) < instantText(b), a < b);
      assert.ok(secondsText(a) < instantText(a));
      assert.ok(instantText(a) < secondsText(a + 1000));
    }),
    { seed: seedOf("timestamps sort") },
  );
});

Deno.test("SQLite reads our timestamps as the same instants", () => {
  using connection = new DatabaseSync(":memory:");
  const seconds = connection.prepare("SELECT unixepoch(?) AS seconds");
  for (const text of [secondsText(INSTANT_MS), instantText(INSTANT_MS)]) {
    assert.equal(seconds.get(text)?.seconds, Math.floor(INSTANT_MS / 1000));
  }
});

Deno.test("what is no date can't be written", () => {
  assert.throws(() => secondsText(NaN), RangeError);
  assert.throws(() => instantText(Infinity), RangeError);
});
