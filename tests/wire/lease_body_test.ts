import assert from "node:assert/strict";
import { leaseBody } from "../../src/wire/lease_body.ts";
import { parse } from "../../src/wire/parse.ts";

for (
  const [body, liveMs] of [
    [{}, undefined],
    [{ ttl_seconds: null }, undefined],
    [{ ttl_seconds: 1 }, 1000],
    [{ ttl_seconds: 1.5 }, 1500],
    [{ ttl_seconds: 86_400, more: true }, 86_400_000],
  ] as const
) {
  Deno.test(`a renewal by ${JSON.stringify(body)} is read`, () => {
    assert.deepEqual(parse(leaseBody, body), {
      kind: "valid",
      value: { liveMs },
    });
  });
}

for (const ttl of [0, -1, 0.5, 86_401, 1e999, NaN, "60", true, []]) {
  Deno.test(`a renewal by ${typeof ttl} ${String(ttl)} is refused`, () => {
    const parsed = parse(leaseBody, { ttl_seconds: ttl });
    assert.equal(parsed.kind, "invalid");
    const [fault] = parsed.kind === "invalid" ? parsed.faults : [];
    assert.equal(fault?.field, "ttl_seconds");
  });
}
