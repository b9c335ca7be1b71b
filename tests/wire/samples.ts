/** Messages and readings that tests change one thing of. */
import type { Registration, Report } from "../../src/engine/backend.ts";
import { parse, type Parsed, type Schema } from "../../src/wire/parse.ts";

/** A registration that names everything. */
export const REGISTER: Readonly<Record<string, unknown>> = {
  client_id: "node-1",
  hostname: "host-1",
  public_ip: "203.0.113.7",
  local_ip: "192.0.2.2",
  latitude: 52.5,
  longitude: 13.4,
  country: "DE",
  city: "Berlin",
  total_cpu: 8,
  total_memory_gb: 31.25,
  total_storage_gb: 251.9722785949707,
  total_gpus: 2,
  gpu_models: ["A100", "A100"],
  endpoint_url: "http://192.0.2.2:9101",
  endpoints: [{ url: "http://192.0.2.2:9102", paths: ["/api", "/v1/*"] }],
};

/** A report that names everything. */
export const STATS: Readonly<Record<string, unknown>> = {
  client_id: "node-1",
  hostname: "host-1",
  timestamp: "2026-11-20T16:04:00.592354475Z",
  cpu_cores: 2,
  cpu_usage_avg: [12.5, 50],
  memory_total_gb: 32,
  memory_used_gb: 8,
  memory_avail_gb: 24,
  disk_total_gb: 100,
  disk_used_gb: 40,
  disk_avail_gb: 60,
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
  public_ip: "203.0.113.7",
  latitude: 52.5,
  longitude: 13.4,
  country: "DE",
  city: "Berlin",
  window_seconds: 900,
  window_filled_seconds: 120,
  short_window: {
    seconds: 60,
    cpu_usage_avg: [20, 40],
    memory_used_gb: 9,
    disk_used_gb: 41,
    gpus: [],
  },
};

/** What {@link REGISTER} says. */
export const REGISTRATION: Registration = {
  id: "node-1",
  hostname: "host-1",
  publicIp: "203.0.113.7",
  localIp: "192.0.2.2",
  place: { latitude: 52.5, longitude: 13.4, country: "DE", city: "Berlin" },
  totalCores: 8,
  totalMemoryGb: 31.25,
  totalStorageGb: 251.9722785949707,
  totalGpus: 2,
  gpuModels: ["A100", "A100"],
  endpoint: "http://192.0.2.2:9101",
  endpoints: [{ url: "http://192.0.2.2:9102", paths: ["/api", "/v1/*"] }],
};

/** What {@link STATS} says. */
export const REPORT: Report = {
  coreUsagePct: [12.5, 50],
  memory: { totalGb: 32, usedGb: 8, availableGb: 24 },
  disk: { totalGb: 100, usedGb: 40, availableGb: 60 },
  gpus: [{
    deviceId: 0,
    name: "A100",
    utilizationPct: 25,
    memoryUsedGb: 10,
    memoryTotalGb: 80,
    temperatureC: 41,
    powerDrawW: 60.5,
    vendor: "nvidia",
    uuid: "GPU-0a1b",
    temperatureLimitC: 92,
    powerLimitW: 400,
    isThrottled: true,
    throttleReasons: ["power_cap", "software_thermal"],
    eccErrors: 3,
    computeMode: "default",
    isSlice: false,
  }],
  windowSeconds: 900,
  windowFilledSeconds: 120,
  shortWindow: {
    seconds: 60,
    coreUsagePct: [20, 40],
    memoryUsedGb: 9,
    diskUsedGb: 41,
    gpus: [],
  },
};

/** The value of a message that must be valid. */
export function valid<Value>(
  schema: Schema<Value>,
  message: unknown,
): Value {
  const parsed = parse(schema, throughJson(message));
  if (parsed.kind === "valid") return parsed.value;
  throw new Error(`Expected a valid message, got ${JSON.stringify(parsed)}`);
}

/** The faults of a message that must not be valid, as `field: detail`. */
export function faults(schema: Schema<unknown>, message: unknown): string[] {
  const parsed: Parsed<unknown> = parse(schema, throughJson(message));
  if (parsed.kind === "valid") {
    throw new Error(`Expected faults, got ${JSON.stringify(parsed.value)}`);
  }
  return parsed.faults.map(({ field, detail }) => `${field}: ${detail}`);
}

/** Only what JSON can say reaches a schema; a text is taken as JSON already. */
function throughJson(message: unknown): unknown {
  return JSON.parse(
    typeof message === "string" ? message : JSON.stringify(message),
  );
}
