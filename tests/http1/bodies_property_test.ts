import assert from "node:assert/strict";
import fc from "fast-check";
import type { Form, Framing } from "../../src/http1/body_reader.ts";
import { BodyReader } from "../../src/http1/body_reader.ts";
import { Fields } from "../../src/http1/head.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { seedOf } from "../seed.ts";
import { CHUNKED, octetText } from "./messages.ts";
import { Collected, cut, NAMES, readBody } from "./readings.ts";

const FORM = fc.constantFrom<Form>("as_is", "bare");
const REST = octetText(0, 10);

Deno.test("a chunked body comes out whole, wherever it is cut in two", () => {
  fc.assert(
    fc.property(CHUNKED, REST, FORM, (body, rest, form) => {
      const octets = octetsOf(body.text + rest);
      for (let at = 0; at <= octets.length; at++) {
        assert.deepEqual(readBody(cut(octets, [at]), "chunked", form), {
          out: form === "bare" ? body.data : body.out,
          isDone: true,
          fault: undefined,
          at: body.text.length,
          received: body.data.length,
        });
      }
    }),
    { seed: seedOf("chunked bodies"), numRuns: 60 },
  );
});

Deno.test("any octets come to the same in any number of pieces", () => {
  const framings = fc.constantFrom<Framing>("chunked", "length", "close");
  const damaged = fc.tuple(CHUNKED, fc.nat(), fc.nat(255)).map(
    ([{ text }, place, octet]) => {
      const octets = octetsOf(text);
      octets[place % octets.length] = octet;
      return octets;
    },
  );
  const octets = fc.oneof(damaged, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(
      octets,
      framings,
      FORM,
      fc.nat(100),
      fc.array(fc.nat(120), { maxLength: 10 }),
      (octets, framing, form, length, cuts) => {
        const whole = readBody(cut(octets, []), framing, form, length);
        const several = cuts.filter((at) => at < octets.length).sort((a, b) =>
          a - b
        );
        const single = [...octets.keys()];
        for (const positions of [several, single]) {
          assert.deepEqual(
            readBody(cut(octets, positions), framing, form, length),
            whole,
          );
        }
      },
    ),
    { seed: seedOf("pieces of bodies"), numRuns: 1000 },
  );
});

Deno.test("a body put in chunks is read back to itself", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 })),
      (pieces) => {
        const reader = new BodyReader(NAMES, new Fields());
        const sink = new Collected();
        reader.begin("close", 0, "chunks");
        for (const piece of pieces) reader.read(piece, 0, piece.length, sink);
        assert.ok(reader.end(sink));
        const back = readBody([octetsOf(sink.text)], "chunked", "bare");
        assert.ok(back.isDone);
        assert.equal(back.at, sink.text.length);
        const whole = pieces.flatMap((piece) => [...piece]);
        assert.deepEqual([...octetsOf(back.out)], whole);
      },
    ),
    { seed: seedOf("bodies in chunks") },
  );
});
