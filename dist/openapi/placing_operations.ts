/** What is told of asking for a machine, of leases, and of why decisions came out as they did. */
import type { ToldOperation, ToldOperations } from "./operation.ts";

const LEASE = {
  lease_id: "1",
  client_id: "node-1",
  tier: "small",
  gpus: [],
  state: "confirmed",
  placed_at: "2026-11-20T16:04:00.000Z",
  started_at: "2026-11-20T16:04:05.000Z",
  expires_at: "2026-11-20T16:06:05.000Z",
};

/** What both ways to renew a lease take and answer. */
const RENEWAL: Pick<ToldOperation, "body" | "answer" | "codes"> = {
  body: {
    schema: "LeaseRequest",
    isOptional: true,
    examples: { hour: { ttl_seconds: 3600 } },
  },
  answer: {
    description: "The lease as it is now",
    schemas: ["Lease"],
    examples: { lease: LEASE },
  },
  codes: ["unknown_lease"],
};

const CANDIDATE = {
  client_id: "node-1",
  hostname: "host-1",
  distance_km: null,
  score: 41.2,
  terms: { cpu: 21, memory: 20.2 },
};

const DECISION = {
  request_id: "4f1d7e63-0000000000000001",
  at: "2026-11-20T16:04:00.000Z",
  source: "route",
  tier: "small",
  outcome: "placed",
  client_id: "node-1",
  lease_id: "1",
  stickiness: "none",
  score: 41.2,
  explained: true,
};

/** By method and path. */
export const PLACING_OPERATIONS: ToldOperations = {
  "POST /route": {
    id: "route",
    tag: "Placing",
    summary: "Ask where to send a session, and book the room",
    description:
      "Picks the machine that can take the tier now and books its room as a hold, which ends by itself unless it is confirmed or renewed. With `explain` nothing is booked: the answer says what would be decided, and why; that needs the scope `read`.",
    access: "route",
    parameters: ["explain", "IdempotencyKey", "StickyId"],
    body: {
      schema: "RouteRequest",
      examples: {
        tier: { tier: "small" },
        caller: { tier: "small", client_ip: "203.0.113.9" },
        place: { tier: "small", client_lat: 52.5, client_lon: 13.4 },
      },
    },
    answer: {
      description:
        "The machine and the lease, or with `explain` what would be decided",
      schemas: ["Placement", "DryRun"],
      examples: {
        placed: {
          client_id: "node-1",
          endpoint: "http://192.0.2.2:9101",
          hostname: "host-1",
          distance_km: 0,
          lease_id: "1",
          expires_at: "2026-11-20T16:06:00.000Z",
        },
        explained: {
          decision: "placed",
          would_choose: "node-1",
          tier: "small",
          mode: "adaptive",
          candidates: [CANDIDATE],
          runner_up: null,
          margin: null,
        },
      },
    },
    codes: [
      "unknown_tier",
      "invalid_sticky_id",
      "invalid_idempotency_key",
      "tier_not_allowed",
      "idempotency_key_reused",
      "no_capacity",
      "draining",
    ],
  },
  "GET /_opsen/leases": {
    id: "listLeases",
    tag: "Placing",
    summary: "List the live leases, oldest first, in pages",
    access: "read",
    parameters: ["leaseLimit", "after", "clientId", "tier", "stickyId"],
    answer: {
      description: "A page of leases",
      schemas: ["Leases"],
      examples: { page: { leases: [LEASE], total: 1 } },
    },
    codes: ["invalid_field"],
  },
  "GET /_opsen/leases/:id": {
    id: "getLease",
    tag: "Placing",
    summary: "Show a lease",
    access: "route",
    answer: {
      description: "The lease",
      schemas: ["Lease"],
      examples: { lease: LEASE },
    },
    codes: ["unknown_lease"],
  },
  "DELETE /_opsen/leases/:id": {
    id: "releaseLease",
    tag: "Placing",
    summary: "Give a lease back; its room is free at once",
    access: "route",
    answer: {
      description: "It has ended",
      schemas: ["Released"],
      examples: { released: { status: "released", lease_id: "1" } },
    },
    codes: ["unknown_lease"],
  },
  "POST /_opsen/leases/:id/confirm": {
    id: "confirmLease",
    tag: "Placing",
    summary: "Say that the session has begun",
    description: "A renewal as well. Who never confirms loses nothing by it.",
    access: "route",
    ...RENEWAL,
  },
  "POST /_opsen/leases/:id/renew": {
    id: "renewLease",
    tag: "Placing",
    summary: "Keep a lease from ending",
    access: "route",
    ...RENEWAL,
  },
  "GET /_opsen/queue": {
    id: "getQueue",
    tag: "Placing",
    summary: "Show who waits for room, and how waiting went",
    access: "read",
    answer: {
      description: "The queue; all zeros where nobody may wait",
      schemas: ["Queue"],
      examples: {
        queue: {
          enabled: true,
          depth: 1,
          max_length: 1000,
          by_tier: { large: 1 },
          oldest_wait_ms: 340,
          served: 12,
          timed_out: 0,
          withdrawn: 1,
          turned_away: 0,
          served_wait_ms_mean: 210,
          served_wait_ms_max: 1900,
        },
      },
    },
  },
  "GET /_opsen/decisions": {
    id: "listDecisions",
    tag: "Decisions",
    summary: "List the latest decisions, newest first",
    access: "read",
    parameters: ["decisionLimit", "outcome", "tier"],
    answer: {
      description: "Decisions without their candidates",
      schemas: ["Decisions"],
      examples: { latest: { decisions: [DECISION] } },
    },
    codes: ["invalid_field"],
  },
  "GET /_opsen/decisions/:request_id": {
    id: "getDecision",
    tag: "Decisions",
    summary: "Show why a request was decided as it was",
    access: "read",
    answer: {
      description: "The decision with all that were looked at",
      schemas: ["Decision"],
      examples: {
        decision: {
          ...DECISION,
          explanation: {
            mode: "adaptive",
            candidates: [CANDIDATE],
            runner_up: null,
            margin: null,
          },
        },
      },
    },
    codes: ["unknown_decision"],
  },
};
