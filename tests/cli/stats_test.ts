import assert from "node:assert/strict";
import fc from "fast-check";
import { sparkLine } from "../../src/cli/spark_line.ts";
import type { StatsHistory } from "../../src/wire/stats_history.ts";
import { FakeServer, refusal } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const HISTORY: StatsHistory = {
  client_id: "rack-7",
  from: "2026-03-04T05:00:00.000Z",
  to: "2026-03-04T05:10:00.000Z",
  step_seconds: 60,
  at: [0, 60, 120, 180, 240],
  cpu_pct: [0, 50, null, 100, 25],
  cpu_max_pct: [10, 100, null, 100, 60],
  memory_used_gb: [16, 16, null, 32, 64],
  memory_total_gb: [64, 64, null, 64, 64],
  disk_used_gb: [100, 100, null, 100, 100],
  disk_total_gb: [1000, 1000, null, 1000, 1000],
  gpus: [{
    device_id: 0,
    name: "H\x1b[31m100",
    utilization_pct: [0, null, null, null, 90],
    memory_used_gb: [8, null, null, null, 72],
    memory_total_gb: [80, null, null, null, 80],
    temperature_c: [null, null, null, null, null],
  }],
};

async function shown(
  answer: unknown,
  env: Readonly<Record<string, string>> = { LANG: "en_US.UTF-8" },
) {
  await using server = new FakeServer(answer);
  const said = { OPSEN_SERVER_URL: server.url, ...env };
  const ran = await opsen(["stats", "rack-7", "--last", "10m"], said);
  assert.deepEqual([ran.code, ran.err], [0, ""]);
  assert.deepEqual(
    server.asked.map(({ path }) => path),
    ["/_opsen/stats/rack-7?last=10m&points=60"],
  );
  return ran.out;
}

Deno.test("a history is lines of bars with blanks for gaps, and its figures leave gaps out", async () => {
  assert.equal(
    await shown(HISTORY),
    `rack-7  2026-03-04T05:00:00Z – 2026-03-04T05:10:00Z, a mark for 60 s
                               MIN   MEAN    MAX       OF
CPU                   ▁▅ █▃    0.0   43.8  100.0        %
busiest core          ▁█ █▅   10.0   67.5  100.0        %
memory                ▃▃ ▅█   16.0   32.0   64.0    64 GB
disk                  ▁▁ ▁▁  100.0  100.0  100.0  1000 GB
GPU 0 H\\u001b[31m100  ▁   █    0.0   45.0   90.0        %
GPU 0 memory          ▁   █    8.0   40.0   72.0    80 GB
GPU 0 temperature                -      -      -
`,
  );
});

Deno.test("without a locale of UTF-8 nothing but ASCII is written", async () => {
  for (const env of [{}, { LC_ALL: "C", LANG: "en_US.UTF-8" }]) {
    const out = await shown(HISTORY, env);
    assert.match(out, /^[ -~\n]*$/);
    assert.match(out, /\nCPU +_\+ #-/);
  }
});

Deno.test("a time without reports is said, and --json prints what the server says", async () => {
  const at: number[] = [];
  const nothing = { ...HISTORY, at, cpu_pct: [] };
  assert.match(await shown(nothing), /^rack-7 reported nothing from 2026-/);
  await using server = new FakeServer(HISTORY);
  const { out } = await server.run("stats", "a/b", "--points", "10", "--json");
  assert.deepEqual(JSON.parse(out), HISTORY);
  assert.equal(
    server.asked[0]?.path,
    "/_opsen/stats/a%2Fb?last=24h&points=10",
  );
});

Deno.test("what can't be meant is refused before anything is asked, and an unknown backend ends with 1", async () => {
  await using server = new FakeServer(refusal("unknown_client", "No"), 404);
  for (
    const args of [
      ["stats"],
      ["stats", ".."],
      ["stats", "a", "--last", "0"],
      ["stats", "a", "--last", "yesterday"],
      ["stats", "a", "--points", "9"],
      ["stats", "a", "--points", "1e2"],
    ]
  ) assert.equal((await server.run(...args)).code, 64, args.join(" "));
  assert.deepEqual(server.asked, []);
  const unknown = await server.run("stats", "a");
  assert.equal(unknown.code, 1);
  assert.equal(
    unknown.err,
    'Unknown client: a; "opsen clients" lists those that there are\n',
  );
});

Deno.test("a line of bars has one character for each value, whatever the values", () => {
  const value = fc.option(fc.double(), { nil: null });
  const scale = fc.record({
    min: fc.double(),
    max: fc.double(),
    isUnicode: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(value), scale, (values, on) => {
    const line = [...sparkLine(values, on)];
    assert.equal(line.length, values.length);
    for (const [index, mark] of line.entries()) {
      assert.equal(mark === " ", values[index] === null);
    }
  }));
});
