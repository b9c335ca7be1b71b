/** The audit trail as operators see it. */
import * as z from "zod";

/** One line: who did what, to what, from where, and how it ended. */
const auditLine = z.object({
  /** When, RFC 3339 in UTC. */
  at: z.string(),
  /** Name of the key, `anyone` without one, or what in the program acted: `signal`, `file`, `url`. */
  actor: z.string(),
  /** What, such as `backend.drain`. */
  action: z.string(),
  /** To what; absent for the server as a whole. */
  target: z.string().optional(),
  /** The caller's address; absent for what came from no caller. */
  from: z.string().optional(),
  /** The `X-Request-ID` of the answer; absent for what came by no request. */
  request_id: z.string().optional(),
  /** `ok`, or the code of the refusal. */
  result: z.string(),
});

/** The JSON of one line. */
export type AuditLine = z.output<typeof auditLine>;

/** The answer of `GET /_opsen/audit`: the lines that were asked for, newest first. */
export const auditAnswer = z.object({
  /** Newest first. */
  entries: z.array(auditLine),
});

/** The JSON of that answer. */
export type AuditAnswer = z.output<typeof auditAnswer>;
