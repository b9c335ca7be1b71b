import assert from "node:assert/strict";
import {
  hasLineEnd,
  HEX,
  HEX_VALUE,
  HOST_OCTET,
  isText,
  LOWER,
  octetsOf,
  ROLES,
  TARGET,
  textOf,
  TOKEN,
  VALUE,
} from "../../src/http1/octets.ts";

/** The grammars that the roles stand for, as regular expressions over one character. */
const GRAMMARS: readonly (readonly [role: number, grammar: RegExp])[] = [
  [TOKEN, /[!#$%&'*+\-.^_`|~0-9A-Za-z]/],
  [VALUE, /[\t\x20-\x7e\x80-\xff]/],
  [TARGET, /[\x21\x22\x24-\x7e]/],
  [HOST_OCTET, /[A-Za-z0-9\-._~]/],
  [HEX, /[0-9A-Fa-f]/],
];

Deno.test("every octet has exactly the roles that the grammar gives it", () => {
  for (const [role, grammar] of GRAMMARS) {
    for (let octet = 0; octet < 256; octet++) {
      const has = (ROLES[octet]! & role) !== 0;
      const character = String.fromCharCode(octet);
      assert.equal(has, grammar.test(character), `${octet} as ${grammar}`);
    }
  }
});

Deno.test("only ASCII letters have a lower case", () => {
  for (let octet = 0; octet < 256; octet++) {
    const isUpper = octet >= 65 && octet <= 90;
    assert.equal(LOWER[octet], isUpper ? octet + 32 : octet);
  }
});

Deno.test("hexadecimal digits have their value in either case", () => {
  for (const [value, digit] of [..."0123456789abcdef"].entries()) {
    assert.equal(HEX_VALUE[digit.charCodeAt(0)], value);
    assert.equal(HEX_VALUE[digit.toUpperCase().charCodeAt(0)], value);
  }
});

Deno.test("octets and text are the same thing twice", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  const text = textOf(bytes, 0, 256);
  assert.equal(text.length, 256);
  assert.deepEqual(octetsOf(text), bytes);
  assert.equal(textOf(bytes, 65, 68), "ABC");
  assert.equal(textOf(bytes, 65, 65), "");
});

Deno.test("a text is found whatever its case, and only as a whole", () => {
  const bytes = octetsOf("xChUnKeDx");
  assert.ok(isText(bytes, 1, 8, "chunked"));
  assert.ok(!isText(bytes, 0, 8, "chunked"));
  assert.ok(!isText(bytes, 1, 9, "chunked"));
  assert.ok(!isText(bytes, 1, 7, "chunked"));
  assert.ok(!isText(octetsOf("chun\x0bed"), 0, 7, "chunked"));
  assert.ok(isText(bytes, 4, 4, ""));
});

Deno.test("a line ends in an LF within the bounds and in nothing else", () => {
  const bytes = octetsOf("\na\r\nb\r\n");
  assert.ok(hasLineEnd(bytes, 0, 1));
  assert.ok(hasLineEnd(bytes, 1, 4));
  assert.ok(!hasLineEnd(bytes, 1, 3));
  assert.ok(!hasLineEnd(bytes, 4, 6));
  assert.ok(!hasLineEnd(bytes, 3, 3));
  assert.ok(!hasLineEnd(bytes, 7, 7));
});
