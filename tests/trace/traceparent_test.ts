import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseTraceparent,
  traceparentText,
  unsampledTraceparent,
} from "../../src/trace/traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

Deno.test("the example of the specification is read, and written again", () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  const parsed = parseTraceparent(text);
  assert.deepEqual(parsed, { traceId: TRACE, spanId: SPAN, isSampled: true });
  assert.equal(parsed && traceparentText(parsed), text);
});

Deno.test("of the flags the lowest bit says whether it is sampled", () => {
  for (
    const [flags, isSampled] of [
      ["00", false],
      ["02", false],
      ["03", true],
      ["ff", true],
      ["fe", false],
    ] as const
  ) {
    assert.equal(
      parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.isSampled,
      isSampled,
    );
  }
});

Deno.test("later versions may go on, the first may not", () => {
  assert.ok(parseTraceparent(`cc-${TRACE}-${SPAN}-01`));
  assert.ok(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what.ever`));
  assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what`), undefined);
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-01-more`), undefined);
});

Deno.test("what is not exactly one is none", () => {
  for (
    const text of [
      "",
      `ff-${TRACE}-${SPAN}-01`,
      `00-${"0".repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-1`,
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}0-${SPAN}-01`,
      ` 00-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01\n`,
      `00-${TRACE}-${SPAN}-0g`,
    ]
  ) assert.equal(parseTraceparent(text), undefined, JSON.stringify(text));
});

Deno.test("one that is made up is valid and not sampled, whatever chance brings", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
        minLength: 1,
      }),
      (draws) => {
        let at = 0;
        const next = () => draws[at++ % draws.length] ?? 0;
        const parsed = parseTraceparent(unsampledTraceparent({ next }));
        assert.equal(parsed?.isSampled, false);
      },
    ),
  );
});
