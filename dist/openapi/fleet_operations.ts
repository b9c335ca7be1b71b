/** What is told of the machines: what their clients send, the fleet, and draining. */
import type { ToldOperations } from "./operation.ts";

const REGISTRATION = {
  client_id: "node-1",
  hostname: "host-1",
  public_ip: "203.0.113.7",
  local_ip: "192.0.2.2",
  total_cpu: 8,
  total_memory_gb: 32,
  total_storage_gb: 100,
  endpoint_url: "http://192.0.2.2:9101",
};

const REPORT = {
  client_id: "node-1",
  hostname: "host-1",
  timestamp: "2026-11-20T16:04:00Z",
  cpu_cores: 8,
  cpu_usage_avg: [12.5, 50, 3, 0, 0, 1, 20, 9],
  memory_total_gb: 32,
  memory_used_gb: 8,
  memory_avail_gb: 24,
  disk_total_gb: 100,
  disk_used_gb: 40,
  disk_avail_gb: 60,
  window_seconds: 900,
};

const BACKEND = {
  client_id: "node-1",
  hostname: "host-1",
  endpoint: "http://192.0.2.2:9101",
  location: { latitude: 52.5, longitude: 13.4, country: "DE", city: "Berlin" },
  cpu_cores: 8,
  cpu_usage_pct: REPORT.cpu_usage_avg,
  memory_total_gb: 32,
  memory_used_gb: 8,
  memory_avail_gb: 24,
  disk_total_gb: 100,
  disk_used_gb: 40,
  disk_avail_gb: 60,
  total_gpus: 0,
  gpu_models: [],
  gpus: [],
  last_seen: "2026-11-20T16:04:00.000Z",
  is_active: true,
  health_status: "healthy",
  latency_ms: 0.6,
  last_health_check: "2026-11-20T16:04:03.000Z",
  routable: true,
  not_routable_because: null,
  held: { leases: 1, vcpu: 1, memory_gb: 1, storage_gb: 5 },
};

const DRAINING = {
  client_id: "node-1",
  state: "draining",
  by: ["operator"],
  since: "2026-11-20T16:04:00.000Z",
  deadline: "2026-11-20T16:14:00.000Z",
  sessions: 3,
  in_flight: 1,
};

const PURGED = {
  status: "success",
  purged: 1,
  timestamp: "2026-11-20T16:04:00.000Z",
};

const purgeSilent = {
  tag: "Fleet",
  summary: "Forget the machines that have been silent for too long",
  access: "admin",
  answer: {
    description: "How many are gone",
    schemas: ["Purged"],
    examples: { purged: { ...PURGED, cache_purged: 1, db_purged: 0 } },
  },
  codes: ["unsupported_media_type", "unsupported_encoding", "invalid_json"],
} as const;

const purgeHolds = {
  ...purgeSilent,
  summary: "End every lease at once",
  answer: { ...purgeSilent.answer, examples: { purged: PURGED } },
} as const;

/** By method and path. */
export const FLEET_OPERATIONS: ToldOperations = {
  "POST /register": {
    id: "register",
    tag: "Agents",
    summary: "Say what a machine is; sent at start and once in a while",
    access: "agent",
    body: { schema: "Registration", examples: { machine: REGISTRATION } },
    answer: {
      description: "It is known, and stored unless `durable` says otherwise",
      schemas: ["Acknowledgement"],
      examples: { registered: { status: "registered" } },
    },
    codes: [
      "backend_revoked",
      "wrong_backend",
      "endpoint_not_allowed",
      "fleet_full",
    ],
  },
  "POST /stats": {
    id: "report",
    tag: "Agents",
    summary: "Report what a machine really uses",
    access: "agent",
    body: { schema: "Report", examples: { report: REPORT } },
    answer: {
      description: "It counts from now on",
      schemas: ["Acknowledgement"],
      examples: { taken: { status: "ok" } },
    },
    codes: ["backend_revoked", "wrong_backend", "unknown_client"],
  },
  "GET /clients": {
    id: "listClients",
    tag: "Fleet",
    summary: "Show every machine with its use, its health and what is held",
    access: "read",
    parameters: ["activeOnly"],
    answer: {
      description: "The machines, first registered first",
      schemas: ["Clients"],
      examples: { fleet: [BACKEND] },
    },
  },
  "POST /clients/purge": { ...purgeSilent, id: "purgeClients" },
  "DELETE /clients/purge": { ...purgeSilent, id: "deleteSilentClients" },
  "POST /clients/purge-pending": { ...purgeHolds, id: "purgeLeases" },
  "DELETE /clients/purge-pending": { ...purgeHolds, id: "deleteLeases" },
  "GET /_opsen/drains": {
    id: "listDrains",
    tag: "Fleet",
    summary: "List the machines that are being drained, or are drained",
    access: "read",
    answer: {
      description: "First registered first",
      schemas: ["Drains"],
      examples: { drains: { drains: [DRAINING] } },
    },
  },
  "GET /_opsen/backends/:id/drain": {
    id: "getDrain",
    tag: "Fleet",
    summary: "Show how far the draining of a machine is",
    access: "read",
    answer: {
      description: "Its draining; `none` when it is in service",
      schemas: ["Drain"],
      examples: {
        draining: DRAINING,
        none: { client_id: "node-1", state: "none" },
      },
    },
    codes: ["unknown_client"],
  },
  "POST /_opsen/backends/:id/drain": {
    id: "drain",
    tag: "Fleet",
    summary: "Take a machine out of service; its sessions may end in peace",
    access: "admin",
    body: {
      schema: "DrainRequest",
      isOptional: true,
      examples: { limits: { deadline_seconds: 600, max_unavailable: 2 } },
    },
    answer: {
      description: "It takes nothing new from now on",
      schemas: ["Drain"],
      examples: { draining: DRAINING },
    },
    codes: ["unknown_client", "too_many_unavailable"],
  },
  "POST /_opsen/backends/:id/undrain": {
    id: "undrain",
    tag: "Fleet",
    summary: "Put a machine back into service",
    description:
      "A machine that its own client drains stays drained until that ends too.",
    access: "admin",
    answer: {
      description: "Its draining now",
      schemas: ["Drain"],
      examples: { none: { client_id: "node-1", state: "none" } },
    },
    codes: [
      "unknown_client",
      "unsupported_media_type",
      "unsupported_encoding",
      "invalid_json",
    ],
  },
};
