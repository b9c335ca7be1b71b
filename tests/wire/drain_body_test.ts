import assert from "node:assert/strict";
import { drainBody } from "../../src/wire/drain_body.ts";
import { parse } from "../../src/wire/parse.ts";

for (
  const [body, value] of [
    [{}, {}],
    [{ deadline_seconds: null, max_unavailable: null }, {}],
    [{ deadline_seconds: 0, more: true }, { deadlineMs: 0 }],
    [{ deadline_seconds: 0.5, max_unavailable: 1 }, {
      deadlineMs: 500,
      unavailableMax: 1,
    }],
    [{ deadline_seconds: 604_800, max_unavailable: 100_000 }, {
      deadlineMs: 604_800_000,
      unavailableMax: 100_000,
    }],
  ] as const
) {
  Deno.test(`a drain by ${JSON.stringify(body)} is read`, () => {
    assert.deepEqual(parse(drainBody, body), { kind: "valid", value });
  });
}

for (
  const [field, values] of [
    ["deadline_seconds", [-1, 604_801, 1e999, NaN, "60", true, []]],
    ["max_unavailable", [0, -1, 1.5, 100_001, "1", {}]],
  ] as const
) {
  for (const value of values) {
    Deno.test(`a drain by ${field} of ${typeof value} ${String(value)} is refused`, () => {
      const parsed = parse(drainBody, { [field]: value });
      assert.equal(parsed.kind, "invalid");
      const [fault] = parsed.kind === "invalid" ? parsed.faults : [];
      assert.equal(fault?.field, field);
    });
  }
}
