import assert from "node:assert/strict";
import { candidateTables, ROWS_MAX } from "../../src/cli/candidate_tables.ts";
import { explanation, fitting, removed } from "./candidates.ts";

Deno.test("those that fit stand with every term that says something, the chosen one marked, then those removed", () => {
  const text = candidateTables(
    explanation(
      fitting("rack-7", { distance: 6.2, cpu: 10, memory: 25.04 }, 6.2),
      fitting("rack-3", { distance: 40, cpu: 11.5, latency: 2.25 }, 40),
      removed("rack-1", ["cores", 1.5, 4, "cores"], [
        "gpu_memory",
        4.899,
        8,
        "GB",
      ]),
      removed("rack-2"),
    ),
    { chosen: "rack-7", isAll: false },
  );
  assert.equal(
    text,
    `
Fits, lowest total first:
  BACKEND  TOTAL  DISTANCE   CPU  MEMORY  LATENCY  KM
* rack-7    41.2       6.2  10.0    25.0      0.0   6
  rack-3    53.8      40.0  11.5     0.0      2.3  40
Runner-up: rack-3, 12.5 points behind

Removed:
  BACKEND  KM  REASON      HAVE  NEED  UNIT
  rack-1   12  cores        1.5     4  cores
               gpu_memory  4.89     8  GB
  rack-2   12  stale
`,
  );
});

Deno.test("a small margin keeps its digits, and one backend alone has no runner-up", () => {
  const [near, alone] = [
    [fitting("a", { cpu: 1 }), fitting("b", { cpu: 1.0125 })],
    [fitting("a", { cpu: 1 })],
  ].map((candidates) =>
    candidateTables(explanation(...candidates), { chosen: "a", isAll: false })
  );
  assert.match(near ?? "", /^Runner-up: b, 0\.01[23] points behind$/m);
  assert.match(alone ?? "", /^Runner-up: none$/m);
});

Deno.test("a choice that is not the best one names the best, and is marked also among the removed", () => {
  const best = fitting("a", { cpu: 1 });
  const drawn = candidateTables(
    explanation(best, fitting("b", { cpu: 1.1 })),
    { chosen: "b", isAll: false },
  );
  assert.match(drawn, /^\* b /m);
  assert.match(drawn, /^Best by total: a; near equals are drawn/m);
  const kept = candidateTables(
    explanation(best, removed("b", ["memory", 1, 2, "GB"])),
    { chosen: "b", isAll: false },
  );
  assert.match(kept, /^\* b +12 +memory +1 +2 +GB$/m);
});

Deno.test("a term that a newer server adds has its column too", () => {
  const text = candidateTables(
    explanation(fitting("a", { cpu: 1, queueing: 7 })),
    { chosen: undefined, isAll: false },
  );
  assert.match(text, /TOTAL +CPU +QUEUEING$/m);
});

Deno.test("of a large fleet the first of each kind are shown, the chosen one always, and all on demand", () => {
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  const large = explanation(
    ...numbers.map((number) => fitting(`fits-${number}`, { cpu: number })),
    ...numbers.map((number) => removed(`full-${number}`)),
  );
  const some = candidateTables(large, { chosen: "fits-0", isAll: false });
  assert.equal(some.match(/^[ *] (fits|full)-/gm)?.length, 2 * ROWS_MAX);
  assert.equal(some.match(/^ {2}… and 80 more \(--all\)$/gm)?.length, 2);
  const far = candidateTables(large, { chosen: "fits-50", isAll: false });
  assert.match(far, /^\* fits-50 /m);
  assert.match(far, /… and 79 more[^]*… and 80 more/);
  const all = candidateTables(large, { chosen: "fits-0", isAll: true });
  assert.equal(all.match(/^[ *] (fits|full)-/gm)?.length, 200);
  assert.doesNotMatch(all, /more/);
});

Deno.test("long ids give way in their middle so that lines fit on 80 columns", () => {
  const id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  const text = candidateTables(
    explanation(
      fitting(
        id,
        { distance: 312.5, cpu: 10, memory: 25, latency: 1, knee: 3 },
        312.5,
      ),
      removed(id.replace("3f", "4f"), ["gpu_memory", 4, 80, "GB"]),
    ),
    { chosen: id, isAll: false },
  );
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(text, /^\* 3f2504e0-\S+…\S+5e82c3301 /m);
  assert.match(text, /^ {2}4f2504e0-4f89-41d3-9a0c-0305e82c3301 /m);
});

Deno.test("who is too far away stands with its kilometres, and who is in another country with the reason alone", () => {
  const text = candidateTables(
    explanation(
      removed("rack-1", ["place", 812.3401, 500, "km"]),
      { ...removed("rack-2"), reason: "place" },
    ),
    { chosen: undefined, isAll: false },
  );
  assert.match(text, /^ {2}rack-1 +12 +place +812\.35 +500 +km$/m);
  assert.match(text, /^ {2}rack-2 +12 +place$/m);
});

Deno.test("with every term at its widest the kilometres give way, and the line still fits", () => {
  const terms = {
    distance: 1312.5,
    cpu: 100,
    memory: 100,
    gpu: 150,
    latency: 300,
    knee: 150,
    guard: 1000,
  };
  const text = candidateTables(
    explanation(fitting("3f2504e0-4f89-41d3-9a0c-0305e82c3301", terms, 1312.5)),
    { chosen: undefined, isAll: false },
  );
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(text, / GUARD$/m);
});
