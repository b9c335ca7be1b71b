/** What is told of watching a server: metrics, the level of the log, the history of reports, and the dashboard. */
import type { ToldOperations } from "./operation.ts";

const SESSION = { open: false, key_name: "ops", may_change: true };

const LEVEL = { level: "debug", until: "2026-11-20T16:14:00.000Z" };

const FEED = `event: hello
data: {"version":"0.1.0","hostname":"decider","started_at":"2026-11-20T16:00:00.000Z","tiers":["small"],"may_change":true}

`;

const METRICS = `# HELP opsen_backends Backends by their state.
# TYPE opsen_backends gauge
opsen_backends{state="active"} 3
`;

/** By method and path. */
export const WATCHING_OPERATIONS: ToldOperations = {
  "GET /_opsen/metrics": {
    id: "getMetrics",
    tag: "Watching",
    summary: "Show what is counted and measured, for Prometheus",
    access: "read",
    answer: {
      description:
        "Prometheus text 0.0.4, or OpenMetrics 1.0 when `Accept` prefers it",
      content: {
        "text/plain": METRICS,
        "application/openmetrics-text": undefined,
      },
    },
    codes: ["unknown_path"],
  },
  "GET /_opsen/stats/:client_id": {
    id: "getStatsHistory",
    tag: "Watching",
    summary: "Show what a machine reported over time",
    access: "read",
    parameters: ["last", "points"],
    answer: {
      description: "Columns that a chart takes as they are",
      schemas: ["StatsHistory"],
      examples: {
        hour: {
          client_id: "node-1",
          from: "2026-11-20T16:00:00.000Z",
          to: "2026-11-20T16:02:00.000Z",
          step_seconds: 60,
          at: [1795190400, 1795190460],
          cpu_pct: [12.5, null],
          cpu_max_pct: [50, null],
          memory_used_gb: [8, null],
          memory_total_gb: [32, null],
          disk_used_gb: [40, null],
          disk_total_gb: [100, null],
          gpus: [],
        },
      },
    },
    codes: ["invalid_field", "unknown_client", "store_unavailable"],
  },
  "GET /_opsen/log-level": {
    id: "getLogLevel",
    tag: "Watching",
    summary: "Show the level of the log",
    access: "read",
    answer: {
      description: "The level in force",
      schemas: ["LogLevel"],
      examples: { configured: { level: "info" }, changed: LEVEL },
    },
    codes: ["log_level_fixed"],
  },
  "POST /_opsen/log-level": {
    id: "setLogLevel",
    tag: "Watching",
    summary: "Set the level of the log for a while",
    access: "admin",
    body: {
      schema: "LogLevelRequest",
      examples: { debug: { level: "debug", seconds: 600 } },
    },
    answer: {
      description: "The level from now on",
      schemas: ["LogLevel"],
      examples: { changed: LEVEL },
    },
    codes: ["log_level_fixed"],
  },
  "DELETE /_opsen/log-level": {
    id: "resetLogLevel",
    tag: "Watching",
    summary: "Bring the configured level of the log back",
    access: "admin",
    answer: {
      description: "The level from now on",
      schemas: ["LogLevel"],
      examples: { configured: { level: "info" } },
    },
    codes: ["log_level_fixed"],
  },
  "GET /_opsen/ui": {
    id: "getDashboard",
    tag: "Pages",
    summary: "The dashboard, which asks for a key itself",
    description: "With a slash at its end the path answers 308 to this one.",
    access: "allowed_address",
    answer: {
      description: "The page",
      content: { "text/html; charset=utf-8": undefined },
      others: { "304": "It is what `If-None-Match` names" },
    },
    codes: ["unknown_path"],
  },
  "GET /_opsen/ui/:file": {
    id: "getDashboardFile",
    tag: "Pages",
    summary: "A file of the dashboard",
    access: "allowed_address",
    answer: {
      description: "The file",
      content: { "*/*": undefined },
      others: { "304": "It is what `If-None-Match` names" },
    },
    codes: ["unknown_path"],
  },
  "GET /_opsen/ui/feed": {
    id: "getFeed",
    tag: "Watching",
    summary: "Follow the fleet and its decisions live",
    description:
      "Server-sent events: `hello` (FeedHello) comes first, then a `fleet` (FeedFleet) with every machine and the newest `decisions` (FeedDecisions); after that, each second, a `state` (FeedState) and what is new.",
    access: "read",
    answer: {
      description: "Events without end; the data of each is JSON",
      content: { "text/event-stream": FEED },
      events: ["FeedHello", "FeedFleet", "FeedDecisions", "FeedState"],
    },
    codes: ["too_many_readers"],
  },
  "GET /_opsen/ui/session": {
    id: "getUiSession",
    tag: "Pages",
    summary: "Show who is signed in to the dashboard",
    access: "read",
    answer: {
      description: "What the reader may do",
      schemas: ["UiSession"],
      examples: { session: SESSION },
    },
  },
  "POST /_opsen/ui/login": {
    id: "signIn",
    tag: "Pages",
    summary: "Trade a key for the cookie of a session",
    access: "allowed_address",
    body: {
      schema: "LoginRequest",
      examples: { key: { key: "change-me" } },
    },
    answer: {
      description: "Who is signed in; `Set-Cookie` holds the session",
      schemas: ["UiSession"],
      examples: { session: SESSION },
    },
    codes: [
      "missing_key",
      "wrong_key",
      "missing_scope",
      "key_expired",
      "key_revoked",
    ],
  },
  "POST /_opsen/ui/logout": {
    id: "signOut",
    tag: "Pages",
    summary: "End the session of the dashboard",
    access: "allowed_address",
    answer: {
      description: "It has ended, and the cookie is taken back",
      schemas: ["SignedOut"],
      examples: { out: { status: "signed out" } },
    },
  },
};
