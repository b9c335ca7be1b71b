import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuCollector, parseCoreTimes } from "../../src/collect/cpu.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { seedOf } from "../seed.ts";
import { reasonOf, valueOf } from "./readings.ts";
import { fixture, TemporaryTree } from "./trees.ts";

/** Reads one text after the other as /proc/stat, and gives the use of each core by id. */
function uses(...texts: string[]): Record<number, number | undefined>[] {
  using tree = new TemporaryTree();
  const cpu = new CpuCollector(new TextFiles(), tree.root);
  return texts.map((text) => {
    tree.write("stat", text);
    const { cores } = valueOf(cpu.collect());
    return Object.fromEntries(cores.map(({ id, usedPct }) => [id, usedPct]));
  });
}

Deno.test("a real /proc/stat gives the time of each core, without guests twice and without the sum", () => {
  const text = Deno.readTextFileSync(`${fixture("proc_desktop")}/stat`);
  const cores = parseCoreTimes(text);
  assert.deepEqual(cores.map((core) => core.id), [0, 1, 2, 3]);
  assert.deepEqual(cores[0]?.ticks, [
    ...[66202, 700, 21300, 2302507, 3052, 0, 3001, 0],
  ]);
});

Deno.test("the first reading tells how many cores there are, the second how busy they were in between", () => {
  assert.deepEqual(
    uses(
      "cpu0 100 0 0 900\ncpu1 0 0 0 1000\n",
      "cpu0 175 0 0 925\ncpu1 0 0 0 1100\n",
    ),
    [{ 0: undefined, 1: undefined }, { 0: 75, 1: 0 }],
  );
});

Deno.test("waiting for a disk is idle; interrupts, nice and stolen time are not", () => {
  const before = "cpu0 0 0 0 0 0 0 0 0 0 0\n";
  assert.deepEqual(uses(before, "cpu0 0 0 0 20 80 0 0 0 0 0\n")[1], { 0: 0 });
  assert.deepEqual(uses(before, "cpu0 0 10 0 50 0 10 10 20 0 0\n")[1], {
    0: 50,
  });
});

Deno.test("a guest's time, which is in user and nice already, is not counted twice", () => {
  const [, use] = uses(
    "cpu0 0 0 0 0 0 0 0 0 0 0\n",
    "cpu0 40 10 0 50 0 0 0 0 40 10\n",
  );
  assert.deepEqual(use, { 0: 50 });
});

Deno.test("a kernel with four columns is understood", () => {
  const text = Deno.readTextFileSync(`${fixture("proc_kernel_2_6")}/stat`);
  const later = text.replace(
    "cpu0 10000 200 3000 86800",
    "cpu0 10030 200 3000 86870",
  );
  assert.deepEqual(uses(text, later)[1], { 0: 30 });
});

Deno.test("a counter that goes backwards says nothing this time, and the others do", () => {
  const [, use] = uses("cpu0 100 0 0 900 50\n", "cpu0 150 0 0 950 40\n");
  assert.deepEqual(use, { 0: 50 });
});

Deno.test("a core whose counters all start again has no reading, then one", () => {
  assert.deepEqual(
    uses("cpu0 500 0 0 500\n", "cpu0 5 0 0 5\n", "cpu0 15 0 0 35\n").slice(1),
    [{ 0: undefined }, { 0: 25 }],
  );
});

Deno.test("counters that stand still give no reading instead of an idle core", () => {
  assert.deepEqual(uses("cpu0 0 0 0 0\n", "cpu0 0 0 0 0\n")[1], {
    0: undefined,
  });
});

Deno.test("cores that come and go are those of the moment", () => {
  const readings = uses(
    "cpu0 0 0 0 0\ncpu1 0 0 0 0\n",
    "cpu0 1 0 0 1\n",
    "cpu0 1 0 0 2\ncpu1 5 0 0 5\ncpu2 7 0 0 0\n",
    "cpu0 2 0 0 2\ncpu1 6 0 0 8\ncpu2 7 0 0 1\n",
  );
  assert.deepEqual(readings, [
    { 0: undefined, 1: undefined },
    { 0: 50 },
    { 0: 0, 1: undefined, 2: undefined },
    { 0: 100, 1: 25, 2: 0 },
  ]);
});

Deno.test("where only the sum of all cores is shown, it counts as one core", () => {
  assert.deepEqual(uses("cpu  0 0 0 0\nintr 5\n", "cpu  30 0 0 70\n")[1], {
    0: 30,
  });
});

Deno.test("cores are in the order of their numbers, whatever the file's", () => {
  const cores = parseCoreTimes("cpu10 1 1 1 1\ncpu2 1 1 1 1\ncpu0 1 1 1 1");
  assert.deepEqual(cores.map((core) => core.id), [0, 2, 10]);
});

Deno.test("lines that are cut short or hold no numbers are left out", () => {
  assert.deepEqual(
    parseCoreTimes("cpu0 1 2\ncpu1 a b c d\ncpu2 1 2 3 4 x\n"),
    [],
  );
  assert.deepEqual(parseCoreTimes("cpufreq 1 2 3 4\ncpu0 1 2 3 4\n"), []);
  assert.deepEqual(parseCoreTimes(""), []);
});

Deno.test("a file without any core is absent and says so", () => {
  using tree = new TemporaryTree({ stat: "intr 5 5\nctxt 1\n" });
  const cpu = new CpuCollector(new TextFiles(), tree.root);
  assert.match(reasonOf(cpu.collect()), /stat" has no line/);
  tree.remove("stat");
  assert.match(reasonOf(cpu.collect()), /No such file/);
});

Deno.test("after a gap the use is that of the whole gap", () => {
  using tree = new TemporaryTree({ stat: "cpu0 0 0 0 0\n" });
  const cpu = new CpuCollector(new TextFiles(), tree.root);
  cpu.collect();
  tree.remove("stat");
  cpu.collect();
  tree.write("stat", "cpu0 10 0 0 30\n");
  assert.equal(valueOf(cpu.collect()).cores[0]?.usedPct, 25);
});

Deno.test("whatever the counters do, use stays between 0 and 100", () => {
  const line = fc.array(fc.nat({ max: 1e12 }), { minLength: 4, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 2, maxLength: 6 }), (lines) => {
      for (
        const use of uses(...lines.map((ticks) => `cpu0 ${ticks.join(" ")}\n`))
      ) {
        const usedPct = use[0];
        assert.ok(usedPct === undefined || (usedPct >= 0 && usedPct <= 100));
      }
    }),
    { seed: seedOf("cpu use"), numRuns: 50 },
  );
});

Deno.test("no text makes the parser fail", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."cpu0123 \n\t-.x") }),
      (text) => {
        for (const { ticks } of parseCoreTimes(text)) {
          assert.equal(
            ticks.length,
            8,
          );
        }
      },
    ),
    { seed: seedOf("/proc/stat") },
  );
});
