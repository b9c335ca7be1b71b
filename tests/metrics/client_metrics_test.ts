import assert from "node:assert/strict";
import { report, stream } from "../engine/fleets.ts";
import { ClientMetrics } from "../../src/metrics/client_metrics.ts";
import { loadClientText } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { familiesOf, valueOf } from "./page_lines.ts";

const MACHINE = {
  ...report(4, stream(1)),
  memory: { totalGb: 8, usedGb: 3, availableGb: 5 },
  gpus: [{
    deviceId: 1,
    name: "Card",
    utilizationPct: 40,
    memoryUsedGb: 1,
    memoryTotalGb: 24,
    temperatureC: 55,
    powerDrawW: 100,
  }],
};

function metricsOf(listen = "127.0.0.1:0", logger = new FakeLogger()) {
  return new ClientMetrics({
    listen,
    version: "1.2.3",
    report: () => MACHINE,
    wallMs: () => 1_700_000_000_000,
    logger,
  });
}

Deno.test("a client serves what it measures and how its messages fare, and nothing else", async () => {
  await using metrics = metricsOf();
  metrics.listen();
  const address = metrics.address;
  assert.ok(address !== undefined && "port" in address);
  const url = `http://127.0.0.1:${address.port}`;
  metrics.sent("registration", "accepted");
  metrics.sent("report", "failed");
  const page = await (await fetch(`${url}/metrics`)).text();
  const value = (series: string) => valueOf(page, series);
  const messages = (message: string, result: string) =>
    value(
      `opsen_client_messages_total{message="${message}",result="${result}"}`,
    );
  assert.equal(messages("registration", "accepted"), 1);
  assert.equal(messages("report", "accepted"), 0);
  assert.equal(messages("report", "failed"), 1);
  const success = "opsen_client_last_success_timestamp_seconds";
  assert.equal(value(success), 1_700_000_000);
  const memory = (state: string) =>
    value(`opsen_client_memory_bytes{state="${state}"}`);
  assert.deepEqual([memory("used"), memory("free")], [
    3 * 2 ** 30,
    5 * 2 ** 30,
  ]);
  assert.equal(value('opsen_client_gpu_usage_ratio{gpu="1"}'), 0.4);
  assert.equal(value('opsen_client_gpu_temperature_celsius{gpu="1"}'), 55);
  const cores = familiesOf(page)
    .find(({ name }) => name === "opsen_client_core_usage_ratio");
  assert.equal(cores?.lines.length, 4);
  assert.ok(value("process_resident_memory_bytes")! > 10e6);
  for (const path of ["/", "/metrics/", "/stats"]) {
    const other = await fetch(url + path);
    await other.body?.cancel();
    assert.equal(other.status, 404, path);
  }
  const posted = await fetch(`${url}/metrics`, { method: "POST" });
  await posted.body?.cancel();
  assert.equal(posted.status, 405);
});

Deno.test("a port that is taken is told, and the client goes on", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const logger = new FakeLogger();
  await using metrics = metricsOf(`127.0.0.1:${taken.addr.port}`, logger);
  metrics.listen();
  assert.equal(metrics.address, undefined);
  assert.match(logger.messages("error").join(), /Metrics are not served/);
});

Deno.test("metrics_listen takes addresses that only this machine reaches", async () => {
  for (const good of ["127.0.0.1:9777", "[::1]:9777", "localhost:1", ""]) {
    const loaded = await loadClientText(`metrics_listen: "${good}"\n`);
    assert.notEqual(loaded.kind, "invalid", good);
  }
  for (
    const bad of [
      ...["0.0.0.0:9777", "[::]:9777", ":9777", "192.0.2.1:9777"],
      ...["host.example:9777", "127.0.0.1:99999", "127.0.0.1"],
    ]
  ) {
    const loaded = await loadClientText(`metrics_listen: "${bad}"\n`);
    assert.ok(loaded.kind === "invalid", bad);
    assert.match(loaded.problems.join(), /only this machine reaches/);
  }
});
