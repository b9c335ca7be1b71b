import assert from "node:assert/strict";
import { SERIES_MAX } from "../../src/metrics/page.ts";
import { serverConfig } from "../config/load_text.ts";
import { largeFleet, metricsOver } from "./large_fleet.ts";
import { familiesOf, linesOf, valueOf } from "./page_lines.ts";

Deno.test("a thousand backends with GPUs stay within the bound, and two families of lesser use are left out whole", async () => {
  const balancer = largeFleet(1000);
  using metrics = metricsOver(balancer, await serverConfig(""));
  const { text } = await metrics.render(null)!;
  const lines = linesOf(text);
  assert.ok(lines.length <= SERIES_MAX, `${lines.length}`);
  assert.equal(valueOf(text, "opsen_metrics_families_left_out"), 2);
  const perBackend = familiesOf(text)
    .filter(({ name }) => name.startsWith("opsen_backend_"))
    .map(({ name, lines }) => [name, lines.length]);
  assert.deepEqual(perBackend, [
    ["opsen_backend_state", 1000],
    ["opsen_backend_free_cores", 1000],
    ["opsen_backend_free_memory_bytes", 1000],
    ["opsen_backend_free_gpu_memory_bytes", 1000],
    ["opsen_backend_free_storage_bytes", 1000],
    ["opsen_backend_report_age_seconds", 1000],
    ["opsen_backend_capacity_cores", 1000],
    ["opsen_backend_capacity_memory_bytes", 1000],
    ["opsen_backend_capacity_gpu_memory_bytes", 1000],
  ]);
  assert.equal(valueOf(text, "opsen_fleet_gpus"), 8000);
  const free = 'opsen_backend_free_gpu_memory_bytes{backend="b7"}';
  assert.equal(valueOf(text, free), 8 * 60 * 2 ** 30);
});

Deno.test("cores and GPUs have series of their own where they are asked for, also in a large fleet", async () => {
  const config = await serverConfig(
    "metrics: {per_core: true, per_gpu: true}\n",
  );
  using metrics = metricsOver(largeFleet(1000), config);
  const { text } = await metrics.render(null)!;
  const sizes = new Map(
    familiesOf(text).map(({ name, lines }) => [name, lines.length]),
  );
  assert.equal(sizes.get("opsen_backend_core_usage_ratio"), 24_000);
  assert.equal(sizes.get("opsen_backend_gpu_usage_ratio"), 8000);
  assert.equal(sizes.get("opsen_backend_gpu_temperature_celsius"), 8000);
  assert.equal(valueOf(text, "opsen_metrics_families_left_out"), 2);
});

Deno.test("holds and states are those of the balancer", async () => {
  const balancer = largeFleet(3);
  const ask = { tier: "gpu-inference", stickyId: "s" };
  const placed = balancer.place(ask, 0);
  balancer.place({ tier: "small", isRequest: true }, 0);
  assert.equal(placed.kind, "placed");
  balancer.drain("b1", "operator", 0);
  using metrics = metricsOver(balancer, await serverConfig(""));
  const { text } = await metrics.render(null)!;
  const value = (series: string) => valueOf(text, series);
  assert.equal(value("opsen_held_cores"), 9);
  assert.equal(value("opsen_held_gpus"), 1);
  assert.equal(value("opsen_held_memory_bytes"), 33 * 2 ** 30);
  assert.equal(value('opsen_leases{tier="gpu-inference"}'), 1);
  assert.equal(value('opsen_leases{tier="small"}'), 0);
  assert.equal(value("opsen_sessions"), 1);
  assert.equal(value('opsen_backends{state="in_service"}'), 2);
  assert.equal(value('opsen_backends{state="draining"}'), 1);
  assert.equal(value('opsen_backend_state{backend="b1"}'), 1);
  assert.equal(value('opsen_backend_report_age_seconds{backend="b0"}'), 1);
  assert.equal(value("opsen_fleet_report_age_max_seconds"), 1);
  const end = 'opsen_certificate_end_timestamp_seconds{key="tls_cert_file"}';
  assert.equal(value(end), 1_800_000_000);
});

Deno.test("every name is ours or the process's, is said once, and ends as its type and unit want", async () => {
  const config = await serverConfig(
    "metrics: {per_core: true, per_gpu: true}\nqueue: {enabled: true}\n",
  );
  using metrics = metricsOver(largeFleet(2), config);
  const { text } = await metrics.render("application/openmetrics-text")!;
  assert.ok(text.endsWith("\n# EOF\n"));
  const names: string[] = [];
  for (const part of text.split(/^(?=# HELP )/m)) {
    const [help = "", type = "", ...rest] = part.trimEnd().split("\n");
    const [, , name = ""] = help.split(" ");
    names.push(name);
    assert.match(name, /^(opsen|process)_[a-z][a-z_]*[a-z]$/);
    assert.match(help, /^# HELP \S+ [A-Z01].{10,}[^.]$/);
    const kind = type.replace(`# TYPE ${name} `, "");
    assert.match(kind, /^(counter|gauge|histogram|info)$/);
    const unit = rest[0]?.startsWith("# UNIT ")
      ? rest.shift()?.split(" ")[3]
      : undefined;
    if (unit !== undefined) assert.ok(name.endsWith(`_${unit}`), name);
    else assert.doesNotMatch(name, /_(seconds|bytes|ratio|celsius)$/);
    const suffix = { counter: "_total", info: "_info" }[kind] ?? "";
    for (const line of rest.filter((line) => line !== "# EOF")) {
      assert.ok(line.startsWith(`${name}${suffix}`), line);
    }
  }
  assert.deepEqual(names, [...new Set(names)]);
});

Deno.test("there is no page where the metrics are switched off, from one configuration to the next", async () => {
  const [on, off] = await Promise.all(
    ["", "metrics: {enabled: false}\n"].map((text) => serverConfig(text)),
  );
  using metrics = metricsOver(largeFleet(1), off!);
  assert.equal(metrics.render(null), undefined);
  metrics.configure(on!);
  assert.match((await metrics.render(null)!).text, /opsen_backend_state/);
});
