import assert from "node:assert/strict";
import { BufferPool, HeldBytes } from "../../src/edge/held_bytes.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { pattern } from "./random_messages.ts";

function textIn({ bytes, length }: HeldBytes): string {
  return textOf(bytes, 0, length);
}

Deno.test("what is appended is held, also beyond the usual size", () => {
  const held = new HeldBytes(new BufferPool());
  const text = pattern("h", 30_000);
  for (let at = 0; at < text.length; at += 700) {
    const piece = octetsOf(`__${text.slice(at, at + 700)}__`);
    held.append(piece, 2, piece.length - 2);
  }
  assert.equal(textIn(held), text);
});

Deno.test("what is dropped goes from the front", () => {
  const held = new HeldBytes(new BufferPool());
  held.append(octetsOf("abcdef"), 0, 6);
  held.drop(2);
  assert.equal(textIn(held), "cdef");
  held.drop(9);
  assert.equal(held.length, 0);
});

Deno.test("a buffer is lent once at a time, and comes back when nothing is held", () => {
  const pool = new BufferPool();
  const [one, other] = [new HeldBytes(pool), new HeldBytes(pool)];
  one.append(octetsOf("a"), 0, 1);
  other.append(octetsOf("b"), 0, 1);
  assert.notEqual(one.bytes, other.bytes);
  const { bytes } = one;
  one.clear();
  one.clear();
  assert.equal(one.bytes.length, 0);
  assert.equal(pool.take(), bytes);
  assert.notEqual(pool.take(), bytes);
});

Deno.test("buffers of unusual size are not kept", () => {
  const pool = new BufferPool();
  const held = new HeldBytes(pool);
  held.append(new Uint8Array(9_000), 0, 9_000);
  const { bytes } = held;
  held.clear();
  assert.notEqual(pool.take(), bytes);
});
