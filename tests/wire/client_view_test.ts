import assert from "node:assert/strict";
import type { BackendView } from "../../src/engine/backend_view.ts";
import type { DrainView } from "../../src/engine/drain.ts";
import { clientView, clientViewOf } from "../../src/wire/client_view.ts";
import { REGISTRATION, REPORT } from "./samples.ts";

const VIEW: BackendView = {
  registration: REGISTRATION,
  report: REPORT,
  lastSeenAt: 1000,
  active: true,
  health: "healthy",
  latencyMs: 1.25,
  lastProbeAt: 500,
  held: { leases: 2, vcpu: 4, memoryGb: 8, storageGb: 40 },
  inFlight: 0,
  isEjected: false,
  drain: undefined,
  obstacle: undefined,
};

const instant = (at: number) => new Date(at).toISOString();

Deno.test("a backend is shown in numbers, with what is held and whether it can be routed to", () => {
  const shown = clientViewOf(VIEW, instant);
  assert.deepEqual(shown, {
    client_id: "node-1",
    hostname: "host-1",
    endpoint: "http://192.0.2.2:9101",
    location: {
      latitude: 52.5,
      longitude: 13.4,
      country: "DE",
      city: "Berlin",
    },
    cpu_cores: 2,
    cpu_usage_pct: [12.5, 50],
    memory_total_gb: 32,
    memory_used_gb: 8,
    memory_avail_gb: 24,
    disk_total_gb: 100,
    disk_used_gb: 40,
    disk_avail_gb: 60,
    total_gpus: 2,
    gpu_models: ["A100", "A100"],
    gpus: [{
      device_id: 0,
      name: "A100",
      utilization_pct: 25,
      memory_used_gb: 10,
      memory_total_gb: 80,
      temperature_c: 41,
      power_draw_w: 60.5,
      vendor: "nvidia",
      uuid: "GPU-0a1b",
      temperature_limit_c: 92,
      power_limit_w: 400,
      throttled: true,
      throttle_reasons: ["power_cap", "software_thermal"],
      ecc_errors: 3,
      compute_mode: "default",
      is_slice: false,
    }],
    last_seen: "1970-01-01T00:00:01.000Z",
    is_active: true,
    health_status: "healthy",
    latency_ms: 1.25,
    last_health_check: "1970-01-01T00:00:00.500Z",
    routable: true,
    not_routable_because: null,
    held: { leases: 2, vcpu: 4, memory_gb: 8, storage_gb: 40 },
  });
});

Deno.test("a backend without a report shows its registered totals, and no use", () => {
  const shown = clientViewOf({
    ...VIEW,
    registration: { ...REGISTRATION, place: undefined },
    report: undefined,
    lastProbeAt: undefined,
    health: "unknown",
    obstacle: "no report yet",
  }, instant);
  assert.deepEqual(shown.location, {
    latitude: 0,
    longitude: 0,
    country: "",
    city: "",
  });
  assert.deepEqual(
    [shown.cpu_cores, shown.memory_total_gb, shown.disk_total_gb],
    [8, 31.25, 251.9722785949707],
  );
  assert.deepEqual(
    [shown.memory_used_gb, shown.memory_avail_gb, shown.disk_avail_gb],
    [0, 0, 0],
  );
  assert.deepEqual([shown.cpu_usage_pct, shown.gpus], [[], []]);
  assert.equal(shown.last_health_check, null);
  assert.equal(shown.routable, false);
  assert.equal(shown.not_routable_because, "no report yet");
});

Deno.test("the draining of a backend is shown, and can be read back", () => {
  const drain: DrainView = {
    state: "draining",
    by: ["operator", "agent"],
    since: 1000,
    deadlineAt: 61_000,
    sessions: 3,
    inFlight: 1,
  };
  const shown = clientViewOf({ ...VIEW, drain }, instant);
  assert.deepEqual(shown.drain, {
    state: "draining",
    by: ["operator", "agent"],
    since: "1970-01-01T00:00:01.000Z",
    deadline: "1970-01-01T00:01:01.000Z",
    sessions: 3,
    in_flight: 1,
  });
  assert.deepEqual(clientView.parse(JSON.parse(JSON.stringify(shown))), shown);
  const whole = { ...drain, deadlineAt: undefined };
  const { drain: endless } = clientViewOf({ ...VIEW, drain: whole }, instant);
  assert.ok(endless !== undefined && !("deadline" in endless));
});

Deno.test("what is shown can be read back by a command", () => {
  const shown = clientViewOf(VIEW, instant);
  assert.deepEqual(clientView.parse(JSON.parse(JSON.stringify(shown))), shown);
});

Deno.test("the machines that use one id are shown, and read back by a command", () => {
  const machine = (hostname: string, localIp: string) => ({
    ...{ instance: hostname, publicIp: "203.0.113.7" },
    ...{ hostname, localIp },
  });
  const shown = clientViewOf(VIEW, instant, {
    claimants: [machine("a", "10.0.0.1"), machine("b", "")],
    since: 2000,
  });
  assert.deepEqual(clientView.parse(shown).conflict, {
    hostnames: ["a", "b"],
    addresses: ["10.0.0.1", "203.0.113.7"],
    since: "1970-01-01T00:00:02.000Z",
  });
});
