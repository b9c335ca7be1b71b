import assert from "node:assert/strict";
import { Fields, FIELDS_MAX } from "../../src/http1/head.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import {
  INCOMPLETE,
  MALFORMED,
  parseFields,
  TOO_MANY,
} from "../../src/http1/parse_fields.ts";
import { NAMES } from "./readings.ts";

Deno.test("a field has a name, a value without the blanks around it, and a number", () => {
  const text =
    "Host: a\r\nX-Empty:\r\nX-Blank: \t \r\nX-A:\t b  c\t \r\nx:\xe9\xff:\r\n\r\nrest";
  const { end, found, fields } = parse(text);
  assert.equal(end, text.length - 4);
  assert.deepEqual(found, [
    ["Host", "a"],
    ["X-Empty", ""],
    ["X-Blank", ""],
    ["X-A", "b  c"],
    ["x", "\xe9\xff:"],
  ]);
  assert.equal(fields.number(0), NAMES.numberOf("host"));
  assert.equal(fields.number(1), 0);
});

Deno.test("there may be no fields at all", () => {
  assert.deepEqual(parse("\r\n").end, 2);
});

Deno.test("a line that two parsers could read differently is malformed", () => {
  const lines = [
    "X-A : 1\r\n",
    "X-A\t: 1\r\n",
    "Transfer-Encoding : chunked\r\n",
    " X: 1\r\n",
    "X: a\r\n b\r\n",
    "X: a\r\n\tb\r\n",
    "X: 1\nY: 2\r\n",
    "X: 1\n",
    "\n",
    "X: a\rb\r\n",
    "X: a\r\rb\r\n",
    "X: a\r\r\n",
    "X\r: a\r\n",
    "X: a\0b\r\n",
    "X\0Y: a\r\n",
    "X: a\x01\r\n",
    "X: a\x0bb\r\n",
    "X: a\x0cb\r\n",
    "X: a\x1b\r\n",
    "X: a\x7f\r\n",
    "X Y: 1\r\n",
    "X(Y): 1\r\n",
    "X@Y: 1\r\n",
    'X"Y: 1\r\n',
    "X\xe9: 1\r\n",
    "X/Y: 1\r\n",
    ": 1\r\n",
    ":\r\n",
    "no colon\r\n",
    "no-colon\r\n",
    "\rX: 1\r\n",
    "\r\r\n",
  ];
  for (const line of lines) {
    assert.equal(parse(`A: 1\r\n${line}B: 2\r\n\r\n`).end, MALFORMED, line);
  }
});

Deno.test("before the blank line has come it is incomplete", () => {
  const text = "Host: a\r\nX: \r\n\r\n";
  for (let length = 0; length < text.length; length++) {
    assert.equal(parse(text.slice(0, length)).end, INCOMPLETE, `${length}`);
  }
});

Deno.test(`there may be ${FIELDS_MAX} fields and not one more`, () => {
  const most = "X: 1\r\n".repeat(FIELDS_MAX);
  assert.equal(parse(`${most}\r\n`).end, most.length + 2);
  assert.equal(parse(`${most}X: 1\r\n\r\n`).end, TOO_MANY);
  assert.equal(parse(`${most}X: 1\r\n`).end, TOO_MANY);
});

function parse(text: string) {
  const fields = new Fields();
  const bytes = octetsOf(text + "\r\n\r\n");
  const end = parseFields(bytes, 0, text.length, NAMES, fields);
  const found = Array.from({ length: fields.count }, (_, i) => [
    textOf(bytes, fields.nameStart(i), fields.nameEnd(i)),
    textOf(bytes, fields.valueStart(i), fields.valueEnd(i)),
  ]);
  return { end, found, fields };
}
