import assert from "node:assert/strict";
import {
  BAD_CONNECTION,
  CLOSE,
  dropNominated,
  KEEP_ALIVE_OPTION,
  readConnection,
  TE_OPTION,
  UPGRADE_OPTION,
} from "../../src/http1/connection_field.ts";
import { Fields } from "../../src/http1/head.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { parseFields } from "../../src/http1/parse_fields.ts";
import { NAMES } from "./readings.ts";

Deno.test("options are found in any case, in any order, in lists with holes", () => {
  assert.equal(read("close").options, CLOSE);
  assert.equal(
    read(" ,Keep-Alive,, \tUPGRADE ,te,").options,
    KEEP_ALIVE_OPTION | UPGRADE_OPTION | TE_OPTION,
  );
  assert.equal(read("close, close").options, CLOSE);
  assert.equal(read("").options, 0);
  assert.equal(read(" , ,").options, 0);
});

Deno.test("the options of several lines add up", () => {
  assert.equal(
    read("close", KEEP_ALIVE_OPTION).options,
    CLOSE | KEEP_ALIVE_OPTION,
  );
});

Deno.test("every other token nominates a field", () => {
  assert.deepEqual(read("x-a, close,X-B").nominated, ["x-a", "X-B"]);
  assert.deepEqual(read("clos, closed, close2, keepalive").nominated, [
    "clos",
    "closed",
    "close2",
    "keepalive",
  ]);
});

Deno.test("what is not a list of tokens is refused", () => {
  for (
    const value of [
      "close;q=1",
      "a b",
      "close close",
      "keep-alive close",
      "close, x a",
      '"close"',
      "a/b",
      "(",
      "clo\xe9se",
      "close:",
    ]
  ) assert.equal(read(value).options, BAD_CONNECTION, value);
});

Deno.test("too many nominated names are refused", () => {
  const names = Array.from({ length: 33 }, (_, i) => `x-${i}`);
  assert.equal(read(names.slice(1).join()).options, 0);
  assert.equal(read(names.join()).options, BAD_CONNECTION);
});

Deno.test("nominated fields are left out, all of one name, in any case", () => {
  const left = sentWith("x-a, X-Long-Name, y, absent", [
    "X-A",
    "x-a",
    "x-ab",
    "x-b",
    "X-LONG-NAME",
    "Y",
  ]);
  assert.deepEqual(left, ["x-ab", "x-b"]);
});

Deno.test("what makes the message and what tells of the way here stays, nominated or not", () => {
  const names = [
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Via",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Real-IP",
    "X-Opsen-GPU",
    "Opsen-Caller",
  ];
  assert.deepEqual(sentWith(names.join(","), names), names);
});

Deno.test("a field that a proxy adds for no one else's sake may be nominated", () => {
  assert.deepEqual(sentWith("cookie, content-type", ["Cookie", "A"]), ["A"]);
});

function read(value: string, options = 0) {
  const { bytes, fields } = fieldsOf(`Connection: ${value}\r\n`);
  const read = readConnection(bytes, fields, 0, options);
  return { options: read, nominated: nominatedOf(bytes, fields) };
}

function sentWith(value: string, names: readonly string[]): string[] {
  const lines = names.map((name) => `${name}: 1\r\n`).join("");
  const { bytes, fields } = fieldsOf(`Connection: ${value}\r\n${lines}`);
  assert.equal(readConnection(bytes, fields, 0, 0), 0);
  fields.drop(0);
  dropNominated(bytes, fields);
  return Array.from({ length: fields.count }, (_, i) => i)
    .filter((i) => !fields.isDropped(i))
    .map((i) => textOf(bytes, fields.nameStart(i), fields.nameEnd(i)));
}

function fieldsOf(lines: string) {
  const bytes = octetsOf(`${lines}\r\n`);
  const fields = new Fields();
  assert.equal(
    parseFields(bytes, 0, bytes.length, NAMES, fields),
    bytes.length,
  );
  return { bytes, fields };
}

function nominatedOf(bytes: Uint8Array, fields: Fields): string[] {
  return Array.from(
    { length: fields.nominatedCount },
    (_, i) => textOf(bytes, fields.nominatedStart(i), fields.nominatedEnd(i)),
  );
}
