import assert from "node:assert/strict";
import { hasListItem, lengthOf } from "../../src/http1/field_values.ts";
import { octetsOf } from "../../src/http1/octets.ts";

Deno.test("a length is digits, at most fifteen of them", () => {
  const lengths: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["5", 5],
    ["0005", 5],
    ["18446744073", 18446744073],
    ["999999999999999", 999_999_999_999_999],
  ];
  for (const [text, length] of lengths) assert.equal(read(text), length, text);
});

Deno.test("what is not plain digits is no length", () => {
  const wrong = [
    "",
    "+5",
    "-5",
    "0x5",
    "5a",
    "5 5",
    " 5",
    "5 ",
    "5.0",
    "5,",
    "5, 5",
    "5_0",
    "5e1",
    '"5"',
    "\x0b5",
    "\xa05",
    "\xb2",
    "\x005",
    "9007199254740993",
    "1000000000000000",
    "0000000000000005",
    "18446744073709551621",
    "99999999999999999999999",
  ];
  for (const text of wrong) assert.equal(read(text), -1, text);
});

Deno.test("a list has an item whatever stands around it", () => {
  for (
    const list of [
      "trailers",
      "TRAILERS",
      "a,trailers",
      "a , \ttrailers\t, b",
      ",,trailers,,",
      "deflate;q=0.5, trailers",
    ]
  ) assert.ok(has(list), list);
});

Deno.test("a list has no item that is only part of one", () => {
  for (
    const list of [
      "",
      ",",
      " , ",
      "trailer",
      "trailerss",
      "trailers;q=1",
      "a trailers",
      '"trailers"',
      "trai,lers",
    ]
  ) assert.ok(!has(list), list);
});

function read(text: string): number {
  const bytes = octetsOf(`7${text}7`);
  return lengthOf(bytes, 1, bytes.length - 1);
}

function has(list: string): boolean {
  const bytes = octetsOf(`x${list}x`);
  return hasListItem(bytes, 1, bytes.length - 1, "trailers");
}
