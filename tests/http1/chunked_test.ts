import assert from "node:assert/strict";
import { Chunked } from "../../src/http1/chunked.ts";
import { octetsOf } from "../../src/http1/octets.ts";

/** Most octets of extensions in one message. */
const EXTENSION_OCTETS = 16_384;

Deno.test("octets are sorted into framing, data and extensions", () => {
  assert.deepEqual(runs('5;a="b"\r\nhello\r\n0;z\r\nX: 1\r\n'), [
    ["framing", "5"],
    ["extension", ';a="b"'],
    ["framing", "\r\n"],
    ["data", "hello"],
    ["framing", "\r\n0"],
    ["extension", ";z"],
    ["last", "\r\n"],
  ]);
});

Deno.test("sizes are hexadecimal in either case, leading zeros included", () => {
  for (const size of ["a", "A", "0a", "000000000000000A"]) {
    assert.deepEqual(runs(`${size}\r\n0123456789\r\n0\r\n`)[1], [
      "data",
      "0123456789",
    ]);
  }
});

Deno.test("the last chunk is one of any number of zeros", () => {
  for (const size of ["0", "000", "0000000000000000"]) {
    assert.deepEqual(runs(`${size}\r\n`), [["last", `${size}\r\n`]]);
  }
});

Deno.test("a size that is not one, or too large for any reader behind, is bad", () => {
  for (
    const size of [
      "",
      "G",
      "-5",
      "+5",
      " 5",
      "5 ",
      "\t5",
      "0x5",
      "0_5",
      "5,",
      "5.",
      "80000000",
      "ffffffff",
      "100000005",
      "ffffffffffffffff",
      "10000000000000005",
      "00000000000000005",
      "0".repeat(5000) + "5",
      "5 a=b",
      "5\0",
      "\xb2",
    ]
  ) assert.ok(isBad(`${size}\r\nhello\r\n0\r\n`), size);
  assert.ok(!isBad("7fffffff\r\nx"));
  assert.ok(!isBad("000000007FFFFFFF\r\nx"));
});

Deno.test("a line ends in CR LF and in nothing else", () => {
  for (
    const text of [
      "5\nhello\r\n",
      "5\rhello\r\n",
      "5\r\rhello\r\n",
      "5\r\nhello\n0\r\n",
      "5\r\nhello\r0\r\n",
      "5\r\nhello0\r\n",
      "5\r\nhelloXX\r\n0\r\n",
      "0\n\n",
      "0\r\r\n",
      "5;a\nhello\r\n",
      "5;a\rb\r\n",
      "5;a\r\rhello",
      "5;\nhello\r\n",
      "5;a\0b\r\n",
      "5;a\x7f\r\n",
      "\r\n0\r\n",
    ]
  ) assert.ok(isBad(text), text);
});

Deno.test("what stands before a bad octet is a run of its own", () => {
  assert.deepEqual(runs("5\r\nhello\rX"), [
    ["framing", "5\r\n"],
    ["data", "hello"],
    ["framing", "\r"],
    ["bad", ""],
  ]);
  assert.deepEqual(runs("5;a\0"), [
    ["framing", "5"],
    ["extension", ";a"],
    ["bad", ""],
  ]);
});

Deno.test("extensions have any value that a field may have, up to a bound for the message", () => {
  const most = ";" + "\xe9".repeat(EXTENSION_OCTETS - 1);
  assert.ok(!isBad(`5${most}\r\nhello\r\n0\r\n`));
  assert.ok(isBad(`5${most}x\r\nhello\r\n0\r\n`));
  assert.ok(isBad(`5${most}\r\nhello\r\n0;\r\n`));
  const small = "1;\r\nx\r\n".repeat(EXTENSION_OCTETS);
  assert.ok(!isBad(small));
  assert.ok(isBad(`${small}0;\r\n`));
  const chunked = new Chunked();
  for (let bodies = 0; bodies < 2; bodies++) {
    chunked.reset();
    assert.equal(runs(`0${most}\r\n`, chunked).at(-1)?.[0], "last");
  }
});

Deno.test("a new body begins with nothing of the one before", () => {
  for (const before of ["5;a\r\nhel", "ab", "5\r\nhello\r", "0;"]) {
    const chunked = new Chunked();
    runs(before, chunked);
    chunked.reset();
    assert.deepEqual(runs("1\r\nx\r\n0\r\n", chunked), [
      ["framing", "1\r\n"],
      ["data", "x"],
      ["last", "\r\n0\r\n"],
    ]);
  }
});

/** The runs of a text, up to the last or a bad one; neighbours of one kind stay apart. */
function runs(
  text: string,
  chunked: Chunked = new Chunked(),
): (readonly [run: string, text: string])[] {
  const bytes = octetsOf(`${text}0\r\n\r\n`);
  const found: [string, string][] = [];
  let at = 0;
  while (at < text.length) {
    const next = chunked.read(bytes, at, text.length);
    found.push([chunked.run, text.slice(at, next)]);
    if (chunked.run === "last" || chunked.run === "bad") break;
    assert.ok(next > at, "A run that is not bad must not be empty");
    at = next;
  }
  return found;
}

function isBad(text: string): boolean {
  return runs(text).at(-1)?.[0] === "bad";
}
