import assert from "node:assert/strict";
import { jsonLine } from "../../src/log/json_line.ts";
import type { LogEvent } from "../../src/log/log_event.ts";
import { textLine } from "../../src/log/text_line.ts";

const EVENT: LogEvent = {
  at: new Date(0),
  level: "warn",
  module: "api",
  line: "",
  plain: { message: "It happened", values: {}, stacks: [] },
};

Deno.test("the columns of a text line are aligned by the longest level", () => {
  assert.equal(
    textLine(EVENT, false),
    "1970-01-01T00:00:00.000Z WARN  api: It happened\n",
  );
  assert.equal(
    textLine({ ...EVENT, level: "fatal" }, false),
    "1970-01-01T00:00:00.000Z FATAL api: It happened\n",
  );
});

Deno.test("a value that could end itself or pass for a name is quoted", () => {
  const values = {
    plain: "a/b:c@d",
    space: "a b",
    equals: "a=b",
    quote: 'a"b',
    empty: "",
    line: "a\nb",
    umlaut: "ü",
  };
  assert.equal(
    tail(values),
    String
      .raw` plain=a/b:c@d space="a b" equals="a=b" quote="a\"b" empty="" line="a\nb" umlaut="ü"`,
  );
});

Deno.test("a name that could pass for two is quoted too", () => {
  assert.equal(tail({ "a=1 level": 2 }), ` "a=1 level"=2`);
});

Deno.test("lists and records are JSON", () => {
  assert.equal(
    tail({ a: [1, "x\u202e"], b: { c: null } }),
    String.raw` a=[1,"x\u202e"] b={"c":null}`,
  );
});

Deno.test("the place in the source stands at the end, where no value can pass for it", () => {
  const event = { ...EVENT, line: "src/api/app.ts:7" };
  assert.equal(
    textLine(
      { ...event, plain: { ...EVENT.plain, values: { a: "b (c)" } } },
      false,
    ),
    `1970-01-01T00:00:00.000Z WARN  api: It happened a="b (c)" (src/api/app.ts:7)\n`,
  );
});

Deno.test("module names can't forge a line either", () => {
  assert.equal(
    textLine({ ...EVENT, module: "a\nb" }, false).split("\n").length,
    2,
  );
});

Deno.test("stacks are rows of a text line and a list of a JSON line", () => {
  const event = {
    ...EVENT,
    plain: { ...EVENT.plain, stacks: ["Error: A\n    at b"] },
  };
  assert.deepEqual(textLine(event, false).split("\n").slice(1), [
    "    | Error: A",
    "    |     at b",
    "",
  ]);
  assert.deepEqual(JSON.parse(jsonLine(event)).stacks, ["Error: A\n    at b"]);
});

function tail(values: LogEvent["plain"]["values"]): string {
  const line = textLine({ ...EVENT, plain: { ...EVENT.plain, values } }, false);
  return line.slice(line.indexOf("It happened") + "It happened".length, -1);
}
