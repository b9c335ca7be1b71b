import assert from "node:assert/strict";
import * as z from "zod";
import { FAULTS_MAX } from "../../src/wire/bounds.ts";
import { list } from "../../src/wire/fields.ts";
import { parse } from "../../src/wire/parse.ts";

const schema = z.object({
  id: z.string().min(1),
  ports: z.array(z.object({ url: z.string(), weight: z.int().max(9) })),
});

Deno.test("a field that must be there and is absent, null or empty is missing", () => {
  for (const id of [undefined, null, ""]) {
    const parsed = parse(schema, { id, ports: [] });
    assert.equal(parsed.kind, "missing");
    assert.equal(parsed.kind === "missing" && parsed.field, "id");
  }
});

Deno.test("every fault is listed by the path of its field", () => {
  const ports = [{ url: "a", weight: 1 }, { url: 7, weight: 1.5 }];
  assert.deepEqual(parse(schema, { id: [], ports }), {
    kind: "invalid",
    faults: [
      { field: "id", detail: "must be a text, found an array of 0" },
      { field: "ports[1].url", detail: "must be a text, found 7" },
      {
        field: "ports[1].weight",
        detail: "must be a whole number, found 1.5",
      },
    ],
  });
});

Deno.test("an empty text in place of a number is a fault and not a missing field", () => {
  assert.deepEqual(parse(z.object({ a: z.number() }), { a: "" }), {
    kind: "invalid",
    faults: [{ field: "a", detail: 'must be a finite number, found ""' }],
  });
});

Deno.test("a missing field deep inside is a fault and not a missing field", () => {
  const parsed = parse(schema, { id: "a", ports: [{ weight: 1 }] });
  assert.deepEqual(parsed, {
    kind: "invalid",
    faults: [{
      field: "ports[0].url",
      detail: "must be a text, found nothing",
    }],
  });
});

Deno.test("no more faults are listed than the bound, and a long text is not repeated", () => {
  const ports = new Array(100).fill({ url: 1, weight: "x".repeat(1000) });
  const parsed = parse(schema, { id: "a", ports });
  assert.ok(parsed.kind === "invalid");
  assert.equal(parsed.faults.length, FAULTS_MAX);
  assert.equal(
    parsed.faults[1]?.detail,
    "must be a finite number, found a text of 1000 characters",
  );
});

Deno.test("a list that is too long is refused before its elements are looked at", () => {
  let looked = 0;
  const element = z.unknown().refine(() => ++looked > 0);
  const parsed = parse(z.object({ a: list(element, 3) }), { a: [1, 2, 3, 4] });
  assert.equal(looked, 0);
  assert.deepEqual(parsed, {
    kind: "invalid",
    faults: [{
      field: "a",
      detail: "must be at most 3 elements, found an array of 4",
    }],
  });
});
