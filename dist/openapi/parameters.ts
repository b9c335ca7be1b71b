/** The parameters and header fields of the API's document. */
import type { Parameter } from "../../src/api/openapi_types.ts";
import {
  AUDIT_PAGE_MAX,
  DECISIONS_PAGE_MAX,
  IDEMPOTENCY_KEY_CHARS_MAX,
  LEASES_PAGE_MAX,
  SESSION_ID_CHARS_MAX,
  STICKY_PAGE_MAX,
} from "../../src/wire/bounds.ts";

/** By the names that operations have for them. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  explain: query("explain", "`1` or `true`: say what would be decided", {
    schema: { enum: ["1", "true"] },
    example: "1",
  }),
  activeOnly: query("active_only", "`1` or `true`: only those that report", {
    schema: { enum: ["1", "true"] },
    example: "1",
  }),
  leaseLimit: limit("Leases of a page", LEASES_PAGE_MAX, 1000),
  sessionLimit: limit("Sessions of a page", STICKY_PAGE_MAX, 1000),
  decisionLimit: limit("Decisions of the list", DECISIONS_PAGE_MAX, 100),
  auditLimit: limit("Lines of the list", AUDIT_PAGE_MAX, 100),
  after: query("after", "Where the page before ended: its `next`", {
    example: "1f",
  }),
  afterSession: query("after", "Where the page before ended: its `next`", {
    example: "player-7/small",
  }),
  clientId: query("client_id", "Only those on this machine", {
    example: "node-1",
  }),
  tier: query("tier", "Only those of this tier", { example: "small" }),
  stickyId: query("sticky_id", "Only those of this session", {
    example: "player-7",
  }),
  forgottenId: {
    ...query("sticky_id", "The session's id", { example: "player-7" }),
    required: true,
  },
  outcome: query("outcome", "Only those that ended so", {
    schema: { enum: ["placed", "refused", "withdrawn"] },
    example: "placed",
  }),
  since: query(
    "since",
    "Only what came from then on: a day, which begins in UTC, or an instant of RFC 3339",
    {
      example: "2026-11-20",
    },
  ),
  actor: query(
    "actor",
    "Only what this key did, or `anyone`, `signal`, `file`, `url`",
    { example: "ops" },
  ),
  action: query("action", "Only this action", { example: "backend.drain" }),
  last: query(
    "last",
    "How far back: `15m`, `24h`, `7d`; from a minute to `stats_retention_days`",
    { example: "24h" },
  ),
  points: query("points", "Values of each column, at most", {
    schema: { type: "integer", minimum: 10, maximum: 1000, default: 300 },
    example: 300,
  }),
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "A name for this ask: asked again under it, the same lease is answered and nothing is booked twice",
    schema: {
      type: "string",
      minLength: 1,
      maxLength: IDEMPOTENCY_KEY_CHARS_MAX,
    },
    example: "order-4711",
  },
  StickyId: {
    name: "X-Session-ID",
    in: "header",
    description:
      "The id of the caller's session, which stays on its machine; the header's name is the server's `sticky_header`",
    schema: { type: "string", maxLength: SESSION_ID_CHARS_MAX },
    example: "player-7",
  },
};

/** Those of paths, by the path's pattern and their name. */
export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  "/_opsen/leases/:id": inPath("id", "The lease's id", "1"),
  "/_opsen/sticky/:sticky_id": inPath(
    "sticky_id",
    "The session's id",
    "player-7",
  ),
  "/_opsen/stats/:client_id": inPath(
    "client_id",
    "The machine's id",
    "node-1",
  ),
  "/_opsen/ui/:file": inPath("file", "The file's name", "app.js"),
  "/_opsen/backends/:id": inPath("id", "The machine's `client_id`", "node-1"),
  "/_opsen/decisions/:request_id": inPath(
    "request_id",
    "The `X-Request-ID` of the answer",
    "4f1d7e63-0000000000000001",
  ),
  "/_opsen/keys/:name": inPath("name", "The key's name", "ci"),
  "/_opsen/tokens/:id": inPath("id", "The token's id", "k3v9x2ab"),
};

/** Fields of answers. */
export const HEADERS = {
  "X-Request-ID": {
    description: "Finds the request in the server's log and in the decisions",
    schema: { type: "string" },
  },
  "Retry-After": {
    description: "Whole seconds after which asking again may help",
    schema: { type: "integer", minimum: 1 },
  },
  "RateLimit-Limit": {
    description: "Requests that may be sent at once",
    schema: { type: "integer" },
  },
  "RateLimit-Remaining": {
    description: "Requests that are left",
    schema: { type: "integer" },
  },
  "RateLimit-Reset": {
    description: "Seconds until all are there again",
    schema: { type: "integer" },
  },
  "WWW-Authenticate": {
    description: "`Bearer`: a key is wanted",
    schema: { type: "string" },
  },
} as const;

function query(
  name: string,
  description: string,
  more: Pick<Parameter, "example"> & Partial<Pick<Parameter, "schema">>,
): Parameter {
  const schema = { type: "string" };
  return { name, in: "query", description, schema, ...more };
}

function limit(
  description: string,
  maximum: number,
  fallback: number,
): Parameter {
  return query("limit", description, {
    schema: { type: "integer", minimum: 1, maximum, default: fallback },
    example: 10,
  });
}

function inPath(
  name: string,
  description: string,
  example: string,
): Parameter {
  return {
    name,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
    example,
  };
}
