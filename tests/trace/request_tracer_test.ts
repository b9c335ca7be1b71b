import assert from "node:assert/strict";
import { OpenTelemetryTracer } from "../../src/trace/request_tracer.ts";
import { parseTraceparent } from "../../src/trace/traceparent.ts";
import { FakeClock } from "../fakes/clock.ts";

const IDS = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

/** A tracer of a process whose runtime sends no traces, so that its spans are empty; chance is always in the middle. */
function tracer(samplePct: number): OpenTelemetryTracer {
  return new OpenTelemetryTracer({ samplePct, prefixes: [] }, {
    clock: new FakeClock(),
    random: { next: () => 0.5 },
    version: "1",
    decisionOf: () => undefined,
    endpointOf: () => undefined,
  });
}

Deno.test("a caller that does not sample is not traced, and what it says goes on as it is", () => {
  for (const samplePct of [0, 100]) {
    assert.equal(tracer(samplePct).begin(`00-${IDS}-00`), undefined);
  }
});

Deno.test("a caller that samples is traced, whatever part of the others is", () => {
  for (const samplePct of [0, 100]) {
    assert.ok(tracer(samplePct).begin(`00-${IDS}-01`));
  }
});

Deno.test("without a caller's trace the part that is asked for is traced", () => {
  const traced = tracer(51).begin(undefined);
  const passed = tracer(49).begin(undefined);
  // Where nothing is sent, only what is not traced has ids.
  assert.equal(parseTraceparent(traced?.traceparent ?? ""), undefined);
  assert.equal(parseTraceparent(passed?.traceparent ?? "")?.isSampled, false);
  assert.equal(tracer(0).begin(undefined), undefined);
});

Deno.test("another part holds for what begins from then on", () => {
  const changing = tracer(0);
  changing.configure({ samplePct: 100, prefixes: [] });
  assert.ok(changing.begin(undefined));
  assert.ok(changing.begin("no trace"));
});
