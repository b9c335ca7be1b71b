/** `/_opsen/audit`: who did what. */
import { beginMs } from "../policy/instant.ts";
import type { AuditEntry } from "../trust_ports.ts";
import type { AuditAnswer, AuditLine } from "../wire/audit_answer.ts";
import { AUDIT_PAGE_MAX } from "../wire/bounds.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { problem } from "./problems.ts";
import { invalidParameter, queryOf, wholeParameter } from "./query.ts";

/** Lines of a list that asks for no number. */
const PAGE_DEFAULT = 100;

/** The audit trail, newest first. */
export function audit(deps: ApiDeps): Endpoint {
  return {
    path: "/_opsen/audit",
    methods: ["GET"],
    access: "admin",
    handle: ({ request }) => page(deps, queryOf(request)),
  };
}

function page({ store }: ApiDeps, query: URLSearchParams): Outcome {
  const limit = wholeParameter(query, "limit", {
    max: AUDIT_PAGE_MAX,
    fallback: PAGE_DEFAULT,
  });
  if (typeof limit !== "number") return limit;
  const since = query.get("since") ?? "";
  const sinceMs = since === "" ? 0 : beginMs(since);
  if (sinceMs === undefined) {
    return invalidParameter(
      "since",
      "must be a day such as 2026-01-31, or an instant such as 2026-01-31T12:00:00Z",
    );
  }
  // No lines would read as if nobody had done anything.
  if (store.status().kind !== "ok") {
    return problem("store_unavailable", UNREADABLE);
  }
  const entries = store.audit({
    sinceMs,
    actor: query.get("actor") || undefined,
    action: query.get("action") || undefined,
    limit,
  });
  const body: AuditAnswer = { entries: entries.map(auditLineOf) };
  return answer(body);
}

const UNREADABLE =
  "The audit trail can't be read now: the database takes no writes (see /health)";

/** A line under its JSON names. */
function auditLineOf(entry: AuditEntry): AuditLine {
  const { atMs, actor, action, target, from, requestId, result } = entry;
  return {
    at: new Date(atMs).toISOString(),
    actor,
    action,
    ...(target !== "" && { target }),
    ...(from !== "" && { from }),
    ...(requestId !== "" && { request_id: requestId }),
    result,
  };
}
