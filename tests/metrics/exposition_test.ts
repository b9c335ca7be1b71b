import assert from "node:assert/strict";
import * as fc from "fast-check";
import { CounterFamily, HistogramFamily } from "../../src/metrics/counted.ts";
import { headOf, preferredForm } from "../../src/metrics/exposition.ts";
import {
  gauge,
  gaugeBy,
  gaugeOf,
  info,
  oneGauge,
} from "../../src/metrics/family.ts";
import { labelText, numberText } from "../../src/metrics/line_text.ts";
import { Page } from "../../src/metrics/page.ts";

const OPENMETRICS = "application/openmetrics-text";

function examples() {
  const asks = new CounterFamily({ name: "opsen_asks", help: "Asks" });
  asks.of({ tier: "small" }).add(2);
  const seconds = new HistogramFamily({
    name: "opsen_ask_seconds",
    help: "Time of an ask",
    unit: "seconds",
  }, [0.5, 2]);
  for (const value of [0.1, 0.5, 1, 3]) seconds.of({ by: "a" }).observe(value);
  return [
    info({ name: "opsen_build", help: "What was built" }, { version: "1" }),
    asks,
    seconds,
    gaugeBy(
      { name: "opsen_free_bytes", help: 'A "word"\\ and', unit: "bytes" },
      "backend",
      [['a"b\\c\nd', 1.5]],
    ),
  ];
}

const GOLDEN = `# HELP opsen_build_info What was built
# TYPE opsen_build_info gauge
opsen_build_info{version="1"} 1
# HELP opsen_asks_total Asks
# TYPE opsen_asks_total counter
opsen_asks_total{tier="small"} 2
# HELP opsen_ask_seconds Time of an ask
# TYPE opsen_ask_seconds histogram
opsen_ask_seconds_bucket{by="a",le="0.5"} 2
opsen_ask_seconds_bucket{by="a",le="2.0"} 3
opsen_ask_seconds_bucket{by="a",le="+Inf"} 4
opsen_ask_seconds_sum{by="a"} 4.6
opsen_ask_seconds_count{by="a"} 4
# HELP opsen_free_bytes A "word"\\\\ and
# TYPE opsen_free_bytes gauge
opsen_free_bytes{backend="a\\"b\\\\c\\nd"} 1.5
# HELP opsen_metrics_families_left_out Families that are not on this page because of its bound
# TYPE opsen_metrics_families_left_out gauge
opsen_metrics_families_left_out 0
`;

const GOLDEN_OPENMETRICS = `# HELP opsen_build What was built
# TYPE opsen_build info
opsen_build_info{version="1"} 1
# HELP opsen_asks Asks
# TYPE opsen_asks counter
opsen_asks_total{tier="small"} 2
# HELP opsen_ask_seconds Time of an ask
# TYPE opsen_ask_seconds histogram
# UNIT opsen_ask_seconds seconds
opsen_ask_seconds_bucket{by="a",le="0.5"} 2
opsen_ask_seconds_bucket{by="a",le="2.0"} 3
opsen_ask_seconds_bucket{by="a",le="+Inf"} 4
opsen_ask_seconds_sum{by="a"} 4.6
opsen_ask_seconds_count{by="a"} 4
# HELP opsen_free_bytes A \\"word\\"\\\\ and
# TYPE opsen_free_bytes gauge
# UNIT opsen_free_bytes bytes
opsen_free_bytes{backend="a\\"b\\\\c\\nd"} 1.5
# HELP opsen_metrics_families_left_out Families that are not on this page because of its bound
# TYPE opsen_metrics_families_left_out gauge
opsen_metrics_families_left_out 0
# EOF
`;

Deno.test("a page is Prometheus text 0.0.4 unless OpenMetrics 1.0 is asked for", async () => {
  const page = new Page(() => ({ usual: examples(), askedFor: [] }));
  assert.deepEqual(await page.render(null), {
    type: "text/plain; version=0.0.4; charset=utf-8",
    text: GOLDEN,
  });
  assert.deepEqual(await page.render(OPENMETRICS), {
    type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    text: GOLDEN_OPENMETRICS,
  });
});

Deno.test("the form is the one that the Accept field prefers", () => {
  const prometheus = [
    "",
    "*/*",
    "text/plain",
    "application/json",
    `${OPENMETRICS};version=2.0.0`,
    `${OPENMETRICS};q=0`,
    `${OPENMETRICS};q=0.3, text/plain;version=0.0.4;q=0.7`,
    "application/*",
  ];
  for (const accept of prometheus) {
    assert.equal(preferredForm(accept), "prometheus", accept);
  }
  const openmetrics = [
    OPENMETRICS,
    `${OPENMETRICS}; version="1.0.0"`,
    `text/plain;q=0.5, Application/OpenMetrics-Text`,
    // What a Prometheus sends.
    `${OPENMETRICS};version=1.0.0,${OPENMETRICS};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    `${OPENMETRICS};q=0.2,*/*;q=0.1`,
  ];
  for (const accept of openmetrics) {
    assert.equal(preferredForm(accept), "openmetrics", accept);
  }
});

Deno.test("whatever a label holds, its line stays one line and reads back", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    const text = labelText({ backend: value });
    assert.equal(text.includes("\n"), false);
    const quoted = /^\{backend="((?:[^"\\]|\\[\\"n])*)"\}$/.exec(text)?.[1];
    const read = quoted?.replace(
      /\\(.)/g,
      (_, letter) => letter === "n" ? "\n" : letter,
    );
    assert.equal(read, value.toWellFormed());
  }));
});

Deno.test("numbers are written as Go reads them", () => {
  const texts = [0, 1.5, -2, 1e21, 5e-324, Infinity, -Infinity, NaN]
    .map(numberText);
  assert.deepEqual(texts, [
    ...["0", "1.5", "-2", "1e+21", "5e-324", "+Inf", "-Inf", "NaN"],
  ]);
});

Deno.test("a unit stands in OpenMetrics alone, and the name ends in it", () => {
  const family = gauge(
    { name: "opsen_x_seconds", help: "X", unit: "seconds" },
    [],
  );
  assert.match(headOf(family, "openmetrics"), /# UNIT opsen_x_seconds seconds/);
  assert.doesNotMatch(headOf(family, "prometheus"), /UNIT/);
});

Deno.test("a family that would pass the bound is left out whole, and the next one may fit", async () => {
  const many = (name: string, size: number) =>
    gaugeBy(
      { name, help: name },
      "n",
      Array.from({ length: size }, (_, n) => [`${n}`, n] as const),
    );
  const usual = [many("a", 9000), many("b", 1000), many("c", 999)];
  const page = new Page(() => ({ usual, askedFor: [many("d", 20_000)] }));
  const { text } = await page.render(null);
  const names = new Set(
    [...text.matchAll(/^(\w+)\{/gm)].map(([, name]) => name),
  );
  assert.deepEqual([...names], ["a", "c", "d"]);
  assert.match(text, /^opsen_metrics_families_left_out 1$/m);
});

Deno.test("a long page rests between its slices, and who asks meanwhile gets the same", async () => {
  let now = 0;
  let rests = 0;
  let reads = 0;
  const families = () => {
    reads++;
    return {
      usual: Array.from(
        { length: 1000 },
        (_, n) => oneGauge({ name: `x${n}`, help: "X" }, n),
      ),
      askedFor: [],
    };
  };
  const page = new Page(families, {
    now: () => now++,
    rest: () => {
      rests++;
      return Promise.resolve();
    },
  });
  const [one, other] = await Promise.all([page.render(null), page.render("")]);
  assert.equal(one.text, other.text);
  assert.equal(reads, 1);
  assert.ok(rests >= 10, `${rests}`);
  await page.render(null);
  assert.equal(reads, 2);
});

Deno.test("labels of many things are put together line by line, not beforehand", () => {
  let labelled = 0;
  const family = gaugeOf(
    { name: "opsen_things", help: "Things" },
    [1, 2, 3],
    (thing) => {
      labelled++;
      return labelText({ thing: `${thing}` });
    },
    (thing) => thing === 2 ? undefined : thing,
  );
  assert.deepEqual([family.size, labelled], [2, 0]);
  const lines = family.lines()[Symbol.iterator]();
  assert.equal(lines.next().value, 'opsen_things{thing="1"} 1\n');
  assert.equal(labelled, 1);
  assert.equal(lines.next().value, 'opsen_things{thing="3"} 3\n');
  assert.equal(lines.next().done, true);
});
