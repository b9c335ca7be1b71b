/** What is told of the server itself: whether it runs, its configuration, and the pages that describe the API. */
import type { ToldOperations } from "./operation.ts";

const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const RELOADED = {
  outcome: "applied",
  cause: "api",
  version: 3,
  hash: HASH,
  at: "2026-11-20T16:04:00.000Z",
  changed: ["tiers"],
  needs_restart: [],
  problems: [],
  notes: [],
};

/** By method and path. */
export const RUNNING_OPERATIONS: ToldOperations = {
  "GET /health": {
    id: "getHealth",
    tag: "Watching",
    summary: "Show how the server is, for people and scripts",
    access: "anyone",
    answer: {
      description: "`healthy` for as long as the server decides",
      schemas: ["Health"],
      examples: {
        healthy: {
          status: "healthy",
          timestamp: "2026-11-20T16:04:00.000Z",
          total_clients: 3,
          active_clients: 3,
          available_clients: 2,
          version: "0.1.0",
          store: { status: "ok" },
        },
      },
    },
  },
  "GET /_opsen/livez": {
    id: "getLiveness",
    tag: "Watching",
    summary: "Say that the process answers",
    access: "anyone",
    answer: {
      description: "It does",
      schemas: ["Alive"],
      examples: { alive: { status: "alive" } },
    },
  },
  "GET /_opsen/readyz": {
    id: "getReadiness",
    tag: "Watching",
    summary: "Say whether the server should be sent requests",
    access: "anyone",
    answer: {
      description: "It should",
      schemas: ["Ready"],
      examples: {
        ready: { status: "ready", active_clients: 3, store: { status: "ok" } },
      },
    },
    codes: ["not_ready", "draining"],
  },
  "POST /_opsen/config/reload": {
    id: "reloadConfig",
    tag: "Configuration",
    summary: "Load the configuration again",
    access: "admin",
    body: {
      schema: "ReloadRequest",
      isOptional: true,
      examples: { forced: { force: true } },
    },
    answer: {
      description: "What came of it",
      schemas: ["Reloaded"],
      examples: { applied: RELOADED },
    },
    codes: ["config_refused", "config_not_applied", "not_reloadable"],
  },
  "POST /_opsen/config/rollback": {
    id: "rollbackConfig",
    tag: "Configuration",
    summary: "Bring an older configuration back",
    access: "admin",
    body: {
      schema: "RollbackRequest",
      isOptional: true,
      examples: { version: { version: 2 } },
    },
    answer: {
      description: "What came of it",
      schemas: ["Reloaded"],
      examples: {
        applied: { ...RELOADED, cause: "rollback", rolled_back_to: 2 },
      },
    },
    codes: [
      "config_refused",
      "config_not_applied",
      "not_reloadable",
      "unknown_version",
    ],
  },
  "GET /_opsen/config/history": {
    id: "getConfigHistory",
    tag: "Configuration",
    summary: "Show what came of the latest reloads",
    access: "read",
    answer: {
      description: "The version in force, those that are kept, and outcomes",
      schemas: ["ConfigHistory"],
      examples: {
        history: {
          version: 3,
          hash: HASH,
          kept_versions: [2, 3],
          history: [RELOADED],
        },
      },
    },
    codes: ["not_reloadable"],
  },
  "GET /_opsen/openapi.json": {
    id: "getOpenApi",
    tag: "Pages",
    summary: "This document",
    access: "allowed_address",
    answer: {
      description: "OpenAPI 3.1 of what this server answers",
      content: { "application/json": undefined },
    },
  },
  "GET /_opsen/docs": {
    id: "getDocs",
    tag: "Pages",
    summary: "This document as a page for people",
    access: "allowed_address",
    answer: {
      description: "The page; it needs no script and loads nothing",
      content: { "text/html; charset=utf-8": undefined },
    },
  },
};
