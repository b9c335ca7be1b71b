/** What is told of sessions that stay on their machine. */
import type { ToldAnswer, ToldOperations } from "./operation.ts";

const FORGOTTEN: ToldAnswer = {
  description: "Its next request is placed anew",
  schemas: ["ForgottenSession"],
  examples: {
    forgotten: {
      status: "removed",
      sticky_id: "player-7",
      removed: [{ tier: "small", client_id: "node-1" }],
      released: ["1"],
    },
  },
};

/** By method and path. */
export const SESSION_OPERATIONS: ToldOperations = {
  "GET /_opsen/sticky": {
    id: "listSessions",
    tag: "Placing",
    summary: "List where sessions go, in pages",
    access: "read",
    parameters: [
      "sessionLimit",
      "afterSession",
      "clientId",
      "tier",
      "stickyId",
    ],
    answer: {
      description: "A page, ordered by session and tier",
      schemas: ["Sessions"],
      examples: {
        page: {
          assignments: [{
            sticky_id: "player-7",
            tier: "small",
            client_id: "node-1",
            lease_id: "1",
          }],
          total: 1,
        },
      },
    },
    codes: ["invalid_field"],
  },
  "DELETE /_opsen/sticky": {
    id: "forgetAnySession",
    tag: "Placing",
    summary: "Forget where a session goes, whatever its id, and end its leases",
    access: "admin",
    parameters: ["forgottenId", "tier"],
    answer: FORGOTTEN,
    codes: ["unknown_session", "invalid_field"],
  },
  "DELETE /_opsen/sticky/:sticky_id": {
    id: "forgetSession",
    tag: "Placing",
    summary: "Forget where a session goes, and end its leases",
    description:
      "An id with a slash or `%2e` can't stand in a path; `DELETE /_opsen/sticky` takes it.",
    access: "admin",
    parameters: ["tier"],
    answer: FORGOTTEN,
    codes: ["unknown_session"],
  },
};
