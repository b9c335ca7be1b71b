import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesGlob } from "../../src/policy/glob.ts";
import { seedOf } from "../seed.ts";

Deno.test("a star stands for any characters, also none, a question mark for one, in any case", () => {
  const matches = [
    ["NVIDIA H100 80GB HBM3", "*H100*"],
    ["NVIDIA H100 80GB HBM3", "nvidia h100*"],
    ["NVIDIA L4", "*L4"],
    ["NVIDIA A100-SXM4-40GB", "*A100*?0GB"],
    ["L4", "L4*"],
    ["", "*"],
    ["", ""],
  ] as const;
  for (const [text, pattern] of matches) {
    assert.ok(matchesGlob(text, pattern), `${text} ${pattern}`);
  }
  const others = [
    ["NVIDIA L40S", "*L4"],
    ["NVIDIA H100", "H100"],
    ["L4", "L4?"],
    ["L4", ""],
    ["", "?"],
    ["NVIDIA H1.0", "*H1?00"],
    ["(a+)+", "(a+)+x"],
  ] as const;
  for (const [text, pattern] of others) {
    assert.ok(!matchesGlob(text, pattern), `${text} ${pattern}`);
  }
});

Deno.test("a pattern matches as the regular expression of its parts does", () => {
  const letters = fc.array(fc.constantFrom(..."abA.*?"), { maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (text, pattern) => {
      const expression = pattern.map((one) =>
        one === "*" ? "[^]*" : one === "?" ? "[^]" : one.replace(".", "\\.")
      ).join("");
      assert.equal(
        matchesGlob(text.join(""), pattern.join("")),
        new RegExp(`^${expression}$`, "i").test(text.join("")),
      );
    }),
    { seed: seedOf("glob"), numRuns: 5000 },
  );
});
