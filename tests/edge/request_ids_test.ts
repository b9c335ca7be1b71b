import assert from "node:assert/strict";
import { RequestIds } from "../../src/edge/request_ids.ts";
import { OctetWriter } from "../../src/http1/octet_writer.ts";
import { textOf } from "../../src/http1/octets.ts";
import { FixedRandom, SeededRandom } from "../fakes/random.ts";

Deno.test("an id is the same in octets and as text, however large its number", () => {
  const ids = new RequestIds(new FixedRandom(0.999));
  for (const id of [1, 35, 36, 123_456_789, Number.MAX_SAFE_INTEGER]) {
    const writer = new OctetWriter(100);
    ids.write(id, writer);
    const text = textOf(writer.bytes, 0, writer.length);
    assert.equal(text, ids.text(id));
    assert.equal(text, `zzzzzzzz-${id.toString(36)}`);
  }
});

Deno.test("an id that was given is left as it is", () => {
  const ids = new RequestIds(new FixedRandom(0));
  const writer = new OctetWriter(100);
  ids.write("given-1", writer);
  assert.equal(textOf(writer.bytes, 0, writer.length), "given-1");
  assert.equal(ids.text("given-1"), "given-1");
});

Deno.test("numbers count on, and two processes differ", () => {
  const [one, other] = [1, 2].map((seed) =>
    new RequestIds(new SeededRandom(seed))
  );
  assert.deepEqual([one?.next(), one?.next(), other?.next()], [1, 2, 1]);
  assert.notEqual(one?.text(1), other?.text(1));
});
