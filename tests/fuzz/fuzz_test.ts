import assert from "node:assert/strict";
import { tryOne } from "./campaign.ts";
import { Chance } from "./chance.ts";
import { main, TARGETS } from "./fuzz.ts";
import { mutate } from "./mutate.ts";
import { shrink } from "./shrink.ts";
import { type Layer, LAYERS, type Target } from "./target.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";

/** Inputs of the short run over each layer: about a second. */
const INPUTS: Readonly<Record<Layer, number>> = { codec: 8000, exchange: 400 };

/** A target that takes everything but an input with a bare LF, at which it throws, and one with a NUL. */
const PLANTED: Target = {
  name: "planted",
  layer: "codec",
  examples: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "abc"],
  check(input) {
    const text = textOf(input, 0, input.length);
    if (/(^|[^\r])\n/.test(text)) throw new TypeError("A planted one");
    return text.includes("\0") ? "a NUL" : undefined;
  },
};

for (const layer of LAYERS) {
  Deno.test(`a short run over the ${layer} finds nothing`, () => {
    const [first, ...others] = TARGETS.filter((target) =>
      target.layer === layer
    );
    assert.ok(first !== undefined);
    for (let seed = 0; seed < INPUTS[layer]; seed++) {
      const finding = tryOne([first, ...others], seed);
      assert.equal(finding, undefined, JSON.stringify(finding, null, 1));
    }
  });
}

Deno.test("every example of every target is taken as it should be", () => {
  for (const target of TARGETS) {
    for (const example of target.examples) {
      assert.equal(
        target.check(octetsOf(example), new Chance(1)),
        undefined,
        `${target.name}: ${JSON.stringify(example)}`,
      );
    }
  }
});

Deno.test("a planted mistake is found, shrunk to one octet and found again by its seed", () => {
  const seeds = Array.from({ length: 500 }, (_, seed) => seed);
  const findings = seeds.map((seed) => tryOne([PLANTED], seed))
    .filter((finding) => finding !== undefined);
  const shrunk = new Set(findings.map((finding) => finding.shrunk));
  assert.deepEqual([...shrunk].sort(), ['"\\n"', '"\\u0000"']);
  const [first] = findings;
  assert.ok(first !== undefined);
  const again = tryOne([PLANTED], first.seed);
  assert.deepEqual({ ...again, problem: "" }, { ...first, problem: "" });
  for (const { shrunk, problem } of findings) {
    const expected = shrunk === '"\\n"' ? /throws: .*A planted one/ : /^a NUL$/;
    assert.match(problem, expected);
  }
});

Deno.test("shrinking keeps what fails and drops everything else", () => {
  const input = octetsOf("........a......b.....");
  const smallest = shrink(input, (octets) => {
    const text = textOf(octets, 0, octets.length);
    return text.includes("a") && text.includes("b");
  });
  assert.equal(textOf(smallest, 0, smallest.length), "ab");
});

Deno.test("the same seed changes an input in the same way, and seeds differ", () => {
  const example = octetsOf(PLANTED.examples[0]);
  const changed = Array.from({ length: 200 }, (_, seed) => {
    const twice = [0, 1].map(() =>
      mutate(example, PLANTED.examples, new Chance(seed))
    );
    assert.deepEqual(twice[0], twice[1]);
    return `${twice[0]}`;
  });
  assert.ok(new Set(changed).size > 150);
});

Deno.test("wrong options end with 64, and so does a layer without targets", () => {
  const wrong = [
    ["--only", "nothing"],
    ["--seconds", "soon"],
    ["--seconds", "0"],
    ["--seed", "1.5"],
    ["--sed", "1"],
    ["codec"],
  ];
  const empty = LAYERS.filter((layer) =>
    TARGETS.every((target) => target.layer !== layer)
  ).map((layer) => ["--only", layer]);
  for (const args of [...wrong, ...empty]) {
    assert.equal(main(args), 64, args.join(" "));
  }
});

Deno.test("a run that finds nothing ends with 0", () => {
  assert.equal(
    main(["--seconds", "0.01", "--seed", "7", "--only", "codec"]),
    0,
  );
});
