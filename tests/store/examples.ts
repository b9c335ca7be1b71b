/** Registrations, reports and assignments for tests of the store, each field with a value of its own. */
import type {
  GpuReading,
  Registration,
  Report,
} from "../../src/engine/backend.ts";
import type {
  AuditEntry,
  StoredKey,
  StoredToken,
} from "../../src/trust_ports.ts";
import type {
  StoredDrain,
  StoredLease,
  StoredSticky,
} from "../../src/ports.ts";

/** A full registration; fields can be replaced. */
export function registration(
  id: string,
  changes: Partial<Registration> = {},
): Registration {
  return {
    id,
    hostname: `host-${id}`,
    publicIp: "203.0.113.7",
    localIp: "10.0.0.7",
    place: {
      latitude: 31.5,
      longitude: -71.25,
      country: "US",
      city: "Springfield",
    },
    totalCores: 16,
    totalMemoryGb: 62.75,
    totalStorageGb: 251.972,
    totalGpus: 1,
    gpuModels: ["NVIDIA L4"],
    endpoint: "http://10.0.0.7:8000",
    endpoints: [{ url: "http://10.0.0.7:9000", paths: ["/v1/*", "/exact"] }],
    ...changes,
  };
}

/** A full report of that mean use; fields can be replaced. */
export function report(usagePct = 25, changes: Partial<Report> = {}): Report {
  return {
    coreUsagePct: [usagePct, 0.25, 99.5],
    memory: { totalGb: 64, usedGb: 8.5, availableGb: 55.5 },
    disk: { totalGb: 500, usedGb: 100.25, availableGb: 399.75 },
    gpus: [gpu(0)],
    windowSeconds: 900,
    windowFilledSeconds: 180,
    shortWindow: {
      seconds: 60,
      coreUsagePct: [1, 2, 3],
      memoryUsedGb: 9,
      diskUsedGb: 101,
      gpus: [gpu(0)],
    },
    ...changes,
  };
}

/** One GPU. */
export function gpu(deviceId: number): GpuReading {
  return {
    deviceId,
    name: "NVIDIA L4",
    utilizationPct: 12,
    memoryUsedGb: 2.5,
    memoryTotalGb: 24,
    temperatureC: 41,
    powerDrawW: 33.5,
    vendor: "nvidia",
    uuid: `GPU-${deviceId}`,
    temperatureLimitC: 90,
    powerLimitW: 72,
    isThrottled: true,
    throttleReasons: ["software_thermal"],
    eccErrors: 1,
    computeMode: "default",
    isSlice: false,
  };
}

/** An assignment of that session. */
export function sticky(
  stickyId: string,
  backendId: string,
  changes: Partial<StoredSticky> = {},
): StoredSticky {
  return {
    stickyId,
    tier: "medium",
    backendId,
    lastUsedMs: Date.UTC(2026, 0, 1),
    ...changes,
  };
}

/** A draining that an operator asked for in the last second of 2025, with ten minutes to go. */
export function drain(
  backendId: string,
  changes: Partial<StoredDrain> = {},
): StoredDrain {
  return {
    backendId,
    by: ["operator"],
    sinceMs: Date.UTC(2026, 0, 1) - 789,
    deadlineMs: Date.UTC(2026, 0, 1) + 600_001,
    ...changes,
  };
}

/** A lease of two minutes, a quarter of which is over at the turn of the year 2026. */
export function lease(
  id: number,
  backendId: string,
  changes: Partial<StoredLease> = {},
): StoredLease {
  return {
    id,
    backendId,
    tier: "medium",
    gpus: [0, 3],
    stickyId: `session ${id}`,
    idempotencyKey: `ask ${id}`,
    placedMs: Date.UTC(2026, 0, 1) - 30_123,
    startedMs: Date.UTC(2026, 0, 1) - 20_456,
    expiresMs: Date.UTC(2026, 0, 1) + 89_877,
    ...changes,
  };
}

/** A limited key, made in the last second of 2025, that expires in an hour. */
export function key(name: string, changes: Partial<StoredKey> = {}): StoredKey {
  return {
    name,
    hash: hashFor(name),
    scopes: ["route", "agent"],
    tiers: ["small", "large"],
    backendId: "a",
    endpointAllow: ["10.0.0.0/8", "fd00::/8"],
    expiresMs: Date.UTC(2026, 0, 1) + 3_600_001,
    createdMs: Date.UTC(2026, 0, 1) - 321,
    createdBy: "token t1",
    revokedMs: undefined,
    ...changes,
  };
}

/** A key of the kind that has no limits: everything about it that can be absent is. */
export function freeKey(
  name: string,
  changes: Partial<StoredKey> = {},
): StoredKey {
  return key(name, {
    scopes: undefined,
    tiers: undefined,
    backendId: undefined,
    endpointAllow: [],
    expiresMs: undefined,
    ...changes,
  });
}

/** A token of which one use of fifty is gone. */
export function token(
  id: string,
  changes: Partial<StoredToken> = {},
): StoredToken {
  return {
    id,
    hash: hashFor(id),
    endpointAllow: ["10.0.0.0/8"],
    usesMax: 50,
    uses: 1,
    createdMs: Date.UTC(2026, 0, 1) - 654,
    createdBy: "root",
    expiresMs: Date.UTC(2026, 0, 1) + 3_600_002,
    revokedMs: undefined,
    ...changes,
  };
}

/** A drain that somebody asked for at the turn of the year 2026. */
export function auditEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    atMs: Date.UTC(2026, 0, 1),
    actor: "root",
    action: "backend.drain",
    target: "a",
    from: "203.0.113.9",
    requestId: "r-1",
    result: "ok",
    ...changes,
  };
}

/** 64 hexadecimal digits, others for another text. */
function hashFor(text: string): string {
  const digits = [...text].map((letter) => letter.charCodeAt(0).toString(16));
  return digits.join("").padStart(64, "0").slice(-64);
}
