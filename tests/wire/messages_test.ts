/** What our client sends is what our server reads. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Registration } from "../../src/engine/backend.ts";
import { registerBody } from "../../src/wire/register_body.ts";
import { registerMessage } from "../../src/wire/register_message.ts";
import { statsBody } from "../../src/wire/stats_body.ts";
import { statsMessage } from "../../src/wire/stats_message.ts";
import { seedOf } from "../seed.ts";
import { registrations, reports } from "./arbitraries.ts";
import {
  faults,
  REGISTER,
  REGISTRATION,
  REPORT,
  STATS,
  valid,
} from "./samples.ts";

Deno.test("a registration is sent under its JSON names", () => {
  assert.deepEqual(registerMessage(REGISTRATION), REGISTER);
});

Deno.test("a report is sent under its JSON names", () => {
  const atMs = Date.parse("2026-11-20T16:04:00.592Z");
  assert.deepEqual(statsMessage(REGISTRATION, REPORT, atMs), {
    ...STATS,
    timestamp: "2026-11-20T16:04:00.592Z",
    short_window: withoutGpus(STATS.short_window as object),
  });
});

Deno.test("what a client doesn't know is said as the Go client says it", () => {
  const unknown: Registration = {
    ...REGISTRATION,
    publicIp: "",
    localIp: "",
    place: undefined,
    totalCores: 1.5,
    totalGpus: 0,
    gpuModels: [],
    endpoint: "",
    endpoints: [],
  };
  assert.deepEqual(registerMessage(unknown), {
    client_id: "node-1",
    hostname: "host-1",
    public_ip: "unknown",
    local_ip: "unknown",
    latitude: 0,
    longitude: 0,
    country: "unknown",
    city: "unknown",
    total_cpu: 1,
    total_memory_gb: 31.25,
    total_storage_gb: 251.9722785949707,
  });
  const { latitude, longitude, country, public_ip } = statsMessage(
    unknown,
    REPORT,
    0,
  );
  assert.deepEqual([latitude, longitude, country, public_ip], [0, 0, "", ""]);
});

Deno.test("a report without extras has none of their fields, so that a Go server reads it", () => {
  const {
    windowSeconds: _,
    windowFilledSeconds: __,
    shortWindow: ___,
    ...rest
  } = REPORT;
  const message = statsMessage(REGISTRATION, { ...rest, gpus: [] }, 0);
  for (
    const field of [
      "gpus",
      "window_seconds",
      "window_filled_seconds",
      "short_window",
    ]
  ) assert.ok(!(field in message), field);
});

Deno.test("what a GPU does not tell is left out of the message", () => {
  const bare = {
    deviceId: 0,
    name: "L4",
    utilizationPct: 1,
    memoryUsedGb: 2,
    memoryTotalGb: 24,
    temperatureC: 40,
    powerDrawW: 30,
    eccErrors: undefined,
  };
  const { gpus } = JSON.parse(
    JSON.stringify(
      statsMessage(REGISTRATION, { ...REPORT, gpus: [bare] }, 0),
    ),
  );
  assert.deepEqual(gpus, [{
    device_id: 0,
    name: "L4",
    utilization_pct: 1,
    memory_used_gb: 2,
    memory_total_gb: 24,
    temperature_c: 40,
    power_draw_w: 30,
  }]);
});

Deno.test("any registration arrives as it was sent", () => {
  fc.assert(
    fc.property(registrations(), (registration) => {
      const sent = registerMessage(registration);
      assert.deepEqual(valid(registerBody, sent).registration, registration);
    }),
    { seed: seedOf("registration round trip"), numRuns: 300 },
  );
});

Deno.test("any report arrives as it was sent", () => {
  fc.assert(
    fc.property(registrations(), reports(), (machine, report) => {
      const sent = statsMessage(machine, report, 0);
      const read = valid(statsBody, sent);
      assert.equal(read.id, machine.id);
      assert.deepEqual(read.report, report);
    }),
    { seed: seedOf("report round trip"), numRuns: 300 },
  );
});

Deno.test("who speaks and whether the machine drains arrives with both messages", () => {
  for (const isDraining of [true, false]) {
    const presence = { instance: "7f-3", isDraining };
    const registered = registerMessage(REGISTRATION, presence);
    assert.deepEqual(valid(registerBody, registered).presence, presence);
    const reported = statsMessage(REGISTRATION, REPORT, 0, presence);
    assert.deepEqual(valid(statsBody, reported).presence, presence);
  }
});

Deno.test("who says nothing of it is neither draining nor in service, and has no instance", () => {
  const nothing = { instance: undefined, isDraining: undefined };
  for (const said of [{}, { instance: null, draining: null }]) {
    const registered = valid(registerBody, { ...REGISTER, ...said });
    assert.deepEqual(registered.presence, nothing);
    const reported = valid(statsBody, { ...STATS, ...said });
    assert.deepEqual(reported.presence, nothing);
  }
});

Deno.test("an instance that is no id and a draining that is no yes or no are refused by name", () => {
  for (const schema of [registerBody, statsBody]) {
    const message = { ...REGISTER, ...STATS, instance: "a b", draining: "yes" };
    assert.deepEqual(
      faults(schema, message).map((fault) => fault.split(":")[0]),
      ["instance", "draining"],
    );
  }
});

function withoutGpus(window: object): object {
  const { gpus: _, ...rest } = window as { gpus?: unknown };
  return rest;
}
