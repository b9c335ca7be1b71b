/**
 * From a call of an endpoint to what is sent back: who may call, the handler, what is said in the log, how the answer
 * looks. One implementation for calls that come over HTTP and for those that the front door makes itself.
 */
import { AddressRule } from "./address_rule.ts";
import type { ApiDeps } from "./api_deps.ts";
import {
  type Call,
  callerIp,
  type Endpoint,
  type Outcome,
} from "./endpoint.ts";
import { KeyRing } from "./key_ring.ts";
import { type Problem, problem, problemBody, PROBLEMS } from "./problems.ts";
import { RefusalLog } from "./refusal_log.ts";

/** An answer as it is sent. */
export interface Rendered {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a call of an endpoint: at once when nothing has to be waited for. Never throws and never rejects. */
export type AnswerOf = (
  endpoint: Endpoint,
  call: Call,
) => Rendered | Promise<Rendered>;

/** Answers calls by these settings. */
export function answering(deps: ApiDeps): AnswerOf {
  const { keys, allowedAddresses } = deps.settings;
  const addressRule = new AddressRule(allowedAddresses);
  const keyRing = new KeyRing(keys);
  const logger = deps.logger.child("api");
  const refusalLog = new RefusalLog(logger, deps.clock);

  return (endpoint, call) => {
    try {
      const outcome = gate(endpoint, call) ?? endpoint.handle(call);
      return outcome instanceof Promise
        ? outcome.then(
          (outcome) => rendered(outcome, call),
          (error) => failed(error, call),
        )
        : rendered(outcome, call);
    } catch (error) {
      return failed(error, call);
    }
  };

  function gate({ access }: Endpoint, call: Call): Problem | undefined {
    switch (access) {
      case "anyone":
        return undefined;
      case "allowed_address":
        return wrongAddress(call);
      case "key_holder":
        return wrongAddress(call) ?? keyRing.refusal(call.request.headers);
    }
  }

  function wrongAddress({ connection }: Call): Problem | undefined {
    return addressRule.isOpen
      ? undefined
      : addressRule.refusal(callerIp(connection));
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
          },
          body: JSON.stringify(outcome.body),
        };
      case "problem": {
        const { code, detail } = outcome;
        const { method, url } = request;
        refusalLog.take(code, detail, callerIp(call.connection));
        const data = { requestId, method, url, code, detail };
        logger.debug("Request refused", data);
        return refusal(outcome, requestId);
      }
    }
  }

  /** Two messages: the id for the caller, the reason for the log. */
  function failed(error: unknown, { requestId, request }: Call): Rendered {
    const { method, url } = request;
    logger.error("Cannot answer a request", { requestId, method, url, error });
    const detail = `Internal server error; request id ${requestId}`;
    return refusal(problem("internal_error", detail), requestId);
  }
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
  };
}
