/** What is told of keys, tokens, credentials and the audit trail. */
import type { ToldOperations } from "./operation.ts";

const TOKEN = {
  id: "k3v9x2ab",
  max_uses: 20,
  allow_endpoints: ["10.0.0.0/8"],
  created_at: "2026-11-20T16:04:00.000Z",
  expires_at: "2026-11-20T17:04:00.000Z",
};

const CREDENTIAL = "opsen_agent_6Gd1Qx0pJ0Yk4r8m2c7s9v3b5n1z0a8w6e4t2y0u9iA";

/** By method and path. */
export const ACCESS_OPERATIONS: ToldOperations = {
  "GET /_opsen/keys": {
    id: "listKeys",
    tag: "Access",
    summary: "List the keys, those of the configuration first",
    access: "admin",
    answer: {
      description: "The keys without the keys themselves",
      schemas: ["Keys"],
      examples: {
        keys: {
          keys: [
            { name: "server_key", source: "config" },
            {
              name: "ci",
              scopes: ["route"],
              source: "stored",
              created: "2026-11-20T16:04:00.000Z",
              created_by: "server_key",
            },
          ],
        },
      },
    },
  },
  "POST /_opsen/keys": {
    id: "createKey",
    tag: "Access",
    summary: "Make a key; it is shown this once",
    access: "admin",
    body: {
      schema: "KeyRequest",
      examples: {
        scoped: { name: "ci", scopes: ["route"], expires: "2027-12-31" },
      },
    },
    answer: {
      description: "The key",
      schemas: ["MadeKey"],
      examples: {
        made: {
          name: "ci",
          scopes: ["route"],
          expires: "2027-12-31T23:59:59.999Z",
          key: "opsen_0b7Jx2mQ9tR4vW6yZ8aC1dE3fG5hK7lN9pS2uX4zB6c",
        },
      },
    },
    codes: ["key_exists", "too_many_keys", "unknown_tier"],
  },
  "DELETE /_opsen/keys/:name": {
    id: "revokeKey",
    tag: "Access",
    summary: "Take a key back; whoever shows it is refused from now on",
    description:
      "That of a machine (`agent:` and its id) takes the machine out of the fleet as well.",
    access: "admin",
    answer: {
      description: "It is no longer accepted",
      schemas: ["KeyChange"],
      examples: { revoked: { status: "revoked", name: "ci" } },
    },
    codes: ["unknown_key", "key_configured"],
  },
  "POST /_opsen/keys/:name/restore": {
    id: "restoreKey",
    tag: "Access",
    summary: "Let a machine that was shut out enrol again",
    access: "admin",
    answer: {
      description: "Its old credential is forgotten",
      schemas: ["KeyChange"],
      examples: { restored: { status: "restored", name: "agent:node-1" } },
    },
    codes: ["unknown_key", "not_a_credential"],
  },
  "GET /_opsen/tokens": {
    id: "listTokens",
    tag: "Access",
    summary: "List the enrolment tokens, first made first",
    access: "admin",
    answer: {
      description: "The tokens without their secrets",
      schemas: ["Tokens"],
      examples: {
        tokens: {
          tokens: [{
            ...TOKEN,
            state: "good",
            uses: 3,
            created_by: "server_key",
          }],
        },
      },
    },
  },
  "POST /_opsen/tokens": {
    id: "createToken",
    tag: "Access",
    summary: "Make a token with which machines enrol; it is shown this once",
    access: "admin",
    body: {
      schema: "TokenRequest",
      isOptional: true,
      examples: {
        rack: {
          ttl_seconds: 3600,
          max_uses: 20,
          allow_endpoints: ["10.0.0.0/8"],
        },
      },
    },
    answer: {
      description: "The token",
      schemas: ["MadeToken"],
      examples: {
        made: {
          ...TOKEN,
          token: "opsen_token_1aB3cD5eF7gH9iJ1kL3mN5oP7qR9sT1uV3wX5yZ7aB8",
        },
      },
    },
    codes: ["too_many_tokens"],
  },
  "DELETE /_opsen/tokens/:id": {
    id: "revokeToken",
    tag: "Access",
    summary: "Take a token back; what was enrolled with it stays",
    access: "admin",
    answer: {
      description: "Nobody enrols with it any more",
      schemas: ["RevokedToken"],
      examples: { revoked: { status: "revoked", id: "k3v9x2ab" } },
    },
    codes: ["unknown_token"],
  },
  "POST /_opsen/enrol": {
    id: "enrol",
    tag: "Agents",
    summary: "Trade a token for a credential of the machine's own",
    access: "allowed_address",
    body: {
      schema: "EnrolRequest",
      examples: {
        machine: {
          client_id: "node-2",
          token: "opsen_token_1aB3cD5eF7gH9iJ1kL3mN5oP7qR9sT1uV3wX5yZ7aB8",
        },
      },
    },
    answer: {
      description: "The credential, which the machine sends as its key",
      schemas: ["Enrolled"],
      examples: {
        enrolled: { client_id: "node-2", credential: CREDENTIAL },
      },
    },
    codes: [
      "wrong_enrol_token",
      "enrol_token_expired",
      "enrol_token_used_up",
      "enrol_token_revoked",
      "backend_revoked",
      "already_enrolled",
      "id_in_use",
      "credential_in_use",
      "too_many_credentials",
    ],
  },
  "GET /_opsen/audit": {
    id: "listAudit",
    tag: "Access",
    summary: "Show who did what, newest first",
    access: "admin",
    parameters: ["auditLimit", "since", "actor", "action"],
    answer: {
      description: "Lines of the audit trail",
      schemas: ["Audit"],
      examples: {
        lines: {
          entries: [{
            at: "2026-11-20T16:04:00.000Z",
            actor: "ops",
            action: "backend.drain",
            target: "node-1",
            from: "192.0.2.9",
            request_id: "4f1d7e63-0000000000000001",
            result: "ok",
          }],
        },
      },
    },
    codes: ["invalid_field", "store_unavailable"],
  },
};
