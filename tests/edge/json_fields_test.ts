import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonFields } from "../../src/edge/json_fields.ts";
import { TOKEN_BYTES_MAX } from "../../src/edge/json_token.ts";
import { seedOf } from "../seed.ts";

const NAMES = ["tier", "client_lat", "città", "__proto__", "a"] as const;

Deno.test("fields are those that JSON.parse gives, however the body is cut", () => {
  const seed = seedOf("json fields");
  fc.assert(
    fc.property(objectText(), cuts(), (text, cuts) => {
      const parsed: unknown = JSON.parse(text);
      const fields = new JsonFields(NAMES);
      assert.equal(feed(fields, bytesOf(text), cuts), "done");
      agree(fields, parsed);
    }),
    { seed, numRuns: 2000 },
  );
});

Deno.test("a body that was damaged gives what JSON.parse gives, when that gives anything", () => {
  const seed = seedOf("damaged json fields");
  const damage = fc.record({ at: fc.nat(400), byte: fc.integer({ max: 255 }) });
  let understood = 0;
  fc.assert(
    fc.property(objectText(), damage, cuts(), (text, { at, byte }, cuts) => {
      const bytes = bytesOf(text);
      bytes[at % bytes.length] = byte & 0xff;
      const parsed = parsedOrNothing(bytes);
      const fields = new JsonFields(NAMES);
      const progress = feed(fields, bytes, cuts);
      if (typeof parsed !== "object" || parsed === null) return;
      if (Array.isArray(parsed)) return;
      understood++;
      assert.equal(progress, "done");
      agree(fields, parsed);
    }),
    { seed, numRuns: 2000 },
  );
  assert.ok(understood > 100, `only ${understood} bodies still parsed`);
});

Deno.test("a body is read the same in one piece, byte by byte, and after another one", () => {
  const body = bytesOf(
    '\ufeff {"x":[{"tier":"no"},"]"],"t\\u0069er":"pro-\\ud83d\\ude80é","a":-1.5e2}',
  );
  const fields = new JsonFields(NAMES);
  for (const size of [body.length, 1, 2, 3, 7]) {
    fields.reset();
    assert.equal(fields.text("tier"), undefined);
    let progress = "more";
    for (let at = 0; at < body.length; at += size) {
      assert.equal(progress, "more");
      progress = fields.feed(body, at, Math.min(at + size, body.length));
    }
    assert.equal(progress, "done");
    assert.equal(fields.text("tier"), "pro-🚀é");
    assert.equal(fields.number("a"), -150);
    assert.equal(fields.text("a"), undefined);
    assert.equal(fields.number("tier"), undefined);
  }
});

for (
  const text of [
    "[1]",
    '"tier"',
    "x",
    "tier=pro",
    "\u00ef\u00bb{}",
    ' \ufeff{"tier":"pro"}',
    '\ufeff\ufeff{"tier":"pro"}',
    "{,",
    "{1",
    "{]",
    '{"tier" "pro"',
    '{"tier":}',
    '{"tier":"pro",}',
    '{"tier":"pro" "a"',
    '{"tier":"pro":',
    '{"tier":"a\nb"',
    '{"tier":"\\x"',
    '{"tier":"\\u12g4"',
    '{"\\x":1',
    '{"tier":tru}',
    '{"a":01,',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":1 2',
    "{'a'",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is no JSON object, and nothing is kept of it`, () => {
    const bytes = bytesOf(text);
    const fields = new JsonFields(NAMES);
    assert.equal(fields.feed(bytes, 0, bytes.length), "not_json");
    assert.equal(fields.text("tier"), undefined);
    const more = bytesOf('{"tier":"pro"}');
    assert.equal(fields.feed(more, 0, more.length), "not_json");
    assert.equal(fields.text("tier"), undefined);
  });
}

Deno.test("the first byte that is no space decides at once", () => {
  const fields = new JsonFields(NAMES);
  assert.equal(fields.feed(bytesOf(" \t\r\n"), 0, 4), "more");
  assert.equal(fields.feed(bytesOf("a"), 0, 1), "not_json");
  fields.reset();
  assert.equal(fields.feed(bytesOf("{"), 0, 1), "more");
});

Deno.test("what was read so far is known before the object ends", () => {
  const fields = new JsonFields(NAMES);
  const bytes = bytesOf('{"tier":"pro","prompt":"');
  assert.equal(fields.feed(bytes, 0, bytes.length), "more");
  assert.equal(fields.text("tier"), "pro");
});

Deno.test("bytes after the object and outside of the given range are not looked at", () => {
  const fields = new JsonFields(NAMES);
  const bytes = bytesOf('xx{"a":1}}}garbage');
  assert.equal(fields.feed(bytes, 2, bytes.length), "done");
  assert.equal(fields.number("a"), 1);
  assert.equal(fields.feed(bytes, 0, 2), "done");
});

Deno.test("a value longer than the bound counts as absent, as does the last of two when it is none", () => {
  const longest = "x".repeat(TOKEN_BYTES_MAX);
  const cases = [
    [`{"tier":"${longest}"}`, longest],
    [`{"tier":"${longest}x","a":1}`, undefined],
    [`{"tier":"pro","tier":"${longest}x"}`, undefined],
    [`{"tier":"pro","tier":null}`, undefined],
    [`{"tier":"pro","tier":{"tier":"x"}}`, undefined],
    [`{"tier":"pro","tier":7}`, undefined],
    [`{"${longest}x":"a","tier":"pro"}`, "pro"],
  ] as const;
  for (const [text, expected] of cases) {
    const fields = new JsonFields(NAMES);
    assert.equal(feed(fields, bytesOf(text), [5, 100]), "done");
    assert.equal(fields.text("tier"), expected, text);
  }
});

Deno.test("a million open brackets are a depth, not a stack", () => {
  const fields = new JsonFields(NAMES);
  const depth = 1_000_000;
  const text = `{"x":${"[".repeat(depth)}${"]".repeat(depth)},"tier":"pro"}`;
  assert.equal(feed(fields, bytesOf(text), []), "done");
  assert.equal(fields.text("tier"), "pro");
});

/** JSON objects as programs and people write them: with spaces, escapes, and keys that come again. */
function objectText(): fc.Arbitrary<string> {
  const string = fc.string({ unit: "binary", maxLength: 20 });
  const key = fc.oneof(fc.constantFrom(...NAMES), string);
  const scalar = fc.oneof(
    fc.tuple(string, fc.infiniteStream(fc.boolean())).map(([text, choice]) =>
      stringText(text, choice)
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
    fc.constantFrom("true", "false", "null", "-0", "1E+3", "1e999"),
  );
  const value = fc.oneof(
    { weight: 3, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)),
    },
  );
  const space = fc.string({
    unit: fc.constantFrom(" ", "\t", "\n", "\r"),
    maxLength: 2,
  });
  const choices = fc.infiniteStream(fc.boolean());
  const member = fc.tuple(key, value, choices, space, space, space, space).map(
    ([key, value, choice, a, b, c, d]) =>
      `${a}${stringText(key, choice)}${b}:${c}${value}${d}`,
  );
  return fc.tuple(space, fc.array(member, { maxLength: 8 })).map((
    [space, members],
  ) => `${space}{${space}${members.join(",")}}${space}`);
}

/** A JSON string, some characters as `\uXXXX`. */
function stringText(text: string, choice: Iterator<boolean>): string {
  return `"${
    [...text].map((char) => {
      const code = char.charCodeAt(0);
      const isLone = char.length === 1 && code >= 0xd800 && code <= 0xdfff;
      if (!isLone && choice.next().value !== true) {
        return JSON.stringify(char).slice(1, -1);
      }
      return [0, 1].slice(0, char.length).map((at) =>
        `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`
      ).join("");
    }).join("")
  }"`;
}

function cuts(): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(300), { maxLength: 10 });
}

function feed(fields: JsonFields, bytes: Uint8Array, cuts: readonly number[]) {
  const ends = [...cuts.filter((at) => at < bytes.length), bytes.length];
  let start = 0;
  let progress: string = "more";
  for (const end of ends.sort((a, b) => a - b)) {
    progress = fields.feed(bytes, start, end);
    start = end;
  }
  return progress;
}

function agree(fields: JsonFields, parsed: unknown): void {
  assert.ok(typeof parsed === "object" && parsed !== null);
  const values = new Map<string, unknown>(Object.entries(parsed));
  for (const name of NAMES) {
    const value = values.get(name);
    const isString = typeof value === "string";
    const isNumber = typeof value === "number";
    assert.equal(fields.text(name), isString ? value : undefined);
    assert.ok(Object.is(fields.number(name), isNumber ? value : undefined));
  }
}

function parsedOrNothing(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
