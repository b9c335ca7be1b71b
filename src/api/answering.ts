/**
 * From a call of an endpoint to what is sent back: who may call, the handler, what is said in the log, how the answer
 * looks. One implementation for calls that come over HTTP and for those that the front door makes itself.
 */
import type { ToldDecision } from "../traffic_ports.ts";
import { AddressRule } from "./address_rule.ts";
import type { ApiDeps } from "./api_deps.ts";
import { AuditTrail } from "./audit_trail.ts";
import { CrossSiteRule } from "./cross_site.ts";
import {
  type Access,
  type ApiRequest,
  type Call,
  callerIp,
  type Content,
  type Endpoint,
  type Outcome,
} from "./endpoint.ts";
import {
  type Admission,
  admissionBy,
  ADMITTED,
  turnedAway,
} from "./key_ring.ts";
import {
  type Problem,
  problem,
  problemBody,
  PROBLEMS,
  rateLimited,
} from "./problems.ts";
import { RefusalLog } from "./refusal_log.ts";
import { cookieKey } from "./ui_cookie.ts";

/** An answer as it is sent. */
export interface Rendered {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Content["body"];
  /** Code of a problem. */
  readonly code?: string;
  /** What was decided. */
  readonly decision?: ToldDecision;
}

/** Answers a call of an endpoint: at once when nothing has to be waited for. Never throws and never rejects. */
export type AnswerOf = (
  endpoint: Endpoint,
  call: Call,
) => Rendered | Promise<Rendered>;

/** Answers calls by these settings. */
export function answering(deps: ApiDeps): AnswerOf {
  const { keys, settings } = deps;
  const { allowedAddresses, blockedAddresses, corsOrigins = [] } = settings;
  const addressRule = new AddressRule(allowedAddresses, blockedAddresses);
  const crossSiteRule = new CrossSiteRule(corsOrigins);
  const logger = deps.logger.child("api");
  const refusalLog = new RefusalLog(logger, deps.clock);
  const trail = new AuditTrail({ ...deps, logger });

  return (endpoint, call) => {
    try {
      const admission = admissionOf(endpoint, call);
      const outcome = endpoint.action === undefined
        ? outcomeOf(endpoint, call, admission)
        : audited(endpoint, endpoint.action, call, admission);
      return outcome instanceof Promise
        ? outcome.then(
          (outcome) => rendered(outcome, call),
          (error) => rendered(failure(error, call), call),
        )
        : rendered(outcome, call);
    } catch (error) {
      return rendered(failure(error, call), call);
    }
  };

  function admissionOf(endpoint: Endpoint, call: Call): Admission {
    const { connection } = call;
    const access = accessOf(endpoint, call);
    const wrongAddress = addressRule.isOpen
      ? undefined
      : access === "anyone"
      ? addressRule.blocked(callerIp(connection))
      : addressRule.refusal(callerIp(connection));
    const refusal = wrongAddress ?? crossSiteRule.refusal(call.request);
    if (refusal !== undefined) return turnedAway(refusal, undefined);
    return inTurn(keyAdmission(endpoint, call));
  }

  function keyAdmission(endpoint: Endpoint, call: Call): Admission {
    const access = accessOf(endpoint, call);
    const { request } = call;
    return access === "anyone" || access === "allowed_address"
      ? ADMITTED
      : admissionBy(keys, request.headers, access, () => sessionKey(request));
  }

  function sessionKey(request: ApiRequest): string | undefined {
    const { ui, clock } = deps;
    return ui && cookieKey(ui.sessions, request, clock.monotonicMs());
  }

  /** Whoever holds a body back must not use a key that was taken back meanwhile. */
  function outcomeOf(
    endpoint: Endpoint,
    call: Call,
    admission: Admission,
  ): Outcome | Promise<Outcome> {
    if (admission.kind === "turned_away") return admission.problem;
    const { principal } = admission;
    const known = principal === undefined ? call : { ...call, principal };
    if (call.body instanceof Uint8Array) return endpoint.handle(known);
    const lateRefusal = () => {
      const late = keyAdmission(endpoint, call);
      return late.kind === "turned_away" ? late.problem : undefined;
    };
    return endpoint.handle({ ...known, lateRefusal });
  }

  /** A key that is good may have been shown too often. */
  function inTurn(admission: Admission): Admission {
    const { kind, principal } = admission;
    if (kind === "turned_away" || principal === undefined) return admission;
    const rate = deps.rates?.takeKey(principal, deps.clock.monotonicMs());
    return rate === undefined
      ? admission
      : turnedAway(rateLimited(rate), principal);
  }

  /** What changes something is written down before it is answered. */
  async function audited(
    endpoint: Endpoint,
    action: string,
    call: Call,
    admission: Admission,
  ): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = await outcomeOf(endpoint, call, admission);
    } catch (error) {
      outcome = failure(error, call);
    }
    const { path } = endpoint;
    const { principal } = admission;
    await trail.record({ action, path, call, principal, outcome });
    return outcome;
  }

  function rendered(outcome: Outcome, call: Call): Rendered {
    const { requestId, request } = call;
    switch (outcome.kind) {
      case "answer":
        return {
          status: 200,
          fields: {
            "content-type": "application/json",
            "x-request-id": requestId,
            ...outcome.fields,
          },
          body: JSON.stringify(outcome.body),
          ...(outcome.decision !== undefined && { decision: outcome.decision }),
        };
      case "content": {
        const { status = 200, fields, body } = outcome;
        return {
          status,
          fields: { ...fields, "x-request-id": requestId },
          body,
        };
      }
      case "problem": {
        const { code, detail } = outcome;
        const { method, url } = request;
        refusalLog.take(code, detail, callerIp(call.connection), requestId);
        deps.problems?.refused(code);
        const data = { requestId, method, url, code, detail };
        logger.debug("Request refused", data);
        return refusal(outcome, requestId);
      }
    }
  }

  /** Two messages: the id for the caller, the reason for the log. */
  function failure(error: unknown, { requestId, request }: Call): Problem {
    const { method, url } = request;
    logger.error("Cannot answer a request", { requestId, method, url, error });
    const detail = `Internal server error; request id ${requestId}`;
    return problem("internal_error", detail);
  }
}

function accessOf({ access }: Endpoint, { request }: Call): Access {
  return typeof access === "function" ? access(request) : access;
}

function refusal(problem: Problem, requestId: string): Rendered {
  return {
    status: PROBLEMS[problem.code].status,
    fields: {
      "content-type": "application/problem+json",
      "x-request-id": requestId,
      ...problem.headers,
    },
    body: JSON.stringify(problemBody(problem, requestId)),
    code: problem.code,
    ...(problem.decision !== undefined && { decision: problem.decision }),
  };
}
