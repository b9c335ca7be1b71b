/** `/_opsen/decisions`: what was decided lately, and why. */
import type { DecisionOutcome } from "../engine/decision_log.ts";
import { DECISIONS_PAGE_MAX } from "../wire/bounds.ts";
import {
  type DecisionAnswer,
  decisionAnswer,
  decisionAnswerOf,
  type DecisionsAnswer,
  decisionSummaryOf,
} from "../wire/decision_answer.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";
import { invalidParameter, queryOf, wholeParameter } from "./query.ts";

const ONE = "/_opsen/decisions/:request_id";
/** Decisions of a list that asks for no number. */
const PAGE_DEFAULT = 100;

/** The decision log, newest first, and one decision of it or of the database. */
export function decisions(deps: ApiDeps): readonly Endpoint[] {
  return [
    {
      path: "/_opsen/decisions",
      methods: ["GET"],
      access: "read",
      handle: ({ request }) => newest(deps, queryOf(request)),
    },
    {
      path: ONE,
      methods: ["GET"],
      access: "read",
      handle: ({ request }) => {
        const path = pathOf(request.url);
        return one(deps, parametersOf(ONE, path)?.request_id ?? "");
      },
    },
  ];
}

function newest(deps: ApiDeps, query: URLSearchParams): Outcome {
  const limit = wholeParameter(query, "limit", {
    max: DECISIONS_PAGE_MAX,
    fallback: PAGE_DEFAULT,
  });
  if (typeof limit !== "number") return limit;
  const outcome = query.get("outcome") ?? "";
  if (outcome !== "" && !isOutcome(outcome)) {
    return invalidParameter("outcome", `must be ${OUTCOMES.join(" or ")}`);
  }
  const found = deps.decisions.recent(limit, {
    tier: query.get("tier") || undefined,
    outcome: outcome || undefined,
  });
  const body: DecisionsAnswer = { decisions: found.map(decisionSummaryOf) };
  return answer(body);
}

const OUTCOMES: readonly DecisionOutcome["kind"][] = [
  "placed",
  "refused",
  "withdrawn",
];

function isOutcome(text: string): text is DecisionOutcome["kind"] {
  return OUTCOMES.some((outcome) => outcome === text);
}

function one(deps: ApiDeps, requestId: string): Outcome {
  const decision = deps.decisions.find(requestId);
  const found = decision === undefined
    ? stored(deps, requestId)
    : decisionAnswerOf(decision);
  return found === undefined
    ? problem("unknown_decision", UNKNOWN_DECISION)
    : answer(found);
}

const UNKNOWN_DECISION =
  "Unknown decision: it is no decision of this server, older than those that are kept, or one of more proxied requests in its second than are kept";

/** A decision of the database; one that an other version wrote may be none that is understood. */
function stored(
  { store, logger }: ApiDeps,
  requestId: string,
): DecisionAnswer | undefined {
  const found = store.findDecision(requestId);
  if (found === undefined) return undefined;
  try {
    return decisionAnswer.parse(JSON.parse(found.json));
  } catch (error) {
    logger.warn("Cannot read a stored decision", { requestId, error });
    return undefined;
  }
}
