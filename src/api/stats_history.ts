/** `GET /_opsen/stats/{client_id}`: what a backend reported over time, out of the database. */
import { ReportSteps } from "../engine/report_steps.ts";
import { durationMs } from "../policy/duration.ts";
import { statsHistoryOf } from "../wire/stats_history.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { type Problem, problem } from "./problems.ts";
import { invalidParameter, queryOf, wholeParameter } from "./query.ts";

const ONE = "/_opsen/stats/:client_id";

/** Values of a column: those of a chart as wide as a screen, and too few to be one. */
const POINTS_MAX = 1000;
const POINTS_MIN = 10;
const POINTS_DEFAULT = 300;

const LAST_DEFAULT = "24h";

/** Shorter, nobody has reported anything. */
const LAST_MS_MIN = 60_000;

/** Histories that are read at once: each takes its share of the time of this process. */
export const HISTORIES_MAX = 4;

/** The history of one backend. */
export function statsHistory(deps: ApiDeps): Endpoint {
  const underWay = { count: 0 };
  return {
    path: ONE,
    methods: ["GET"],
    access: "read",
    handle: (call) => history(deps, underWay, call),
  };
}

async function history(
  deps: ApiDeps,
  underWay: { count: number },
  { request }: Call,
): Promise<Outcome> {
  const { balancer, clock, store } = deps;
  const query = queryOf(request);
  const path = pathOf(request.url);
  const backendId = parametersOf(ONE, path)?.client_id ?? "";
  const lastMs = lastOf(query, deps);
  if (typeof lastMs !== "number") return lastMs;
  const points = pointsOf(query);
  if (typeof points !== "number") return points;
  const isKnown = balancer.backends(clock.monotonicMs())
    .some(({ registration }) => registration.id === backendId);
  if (!isKnown) return problem("unknown_client", "Unknown client");
  if (underWay.count >= HISTORIES_MAX) {
    const detail = `${HISTORIES_MAX} histories are being read already`;
    return problem("rate_limited", detail, { headers: { "retry-after": "1" } });
  }
  const toMs = clock.wallMs();
  const fromMs = toMs - lastMs;
  const steps = new ReportSteps(fromMs, toMs, points);
  underWay.count++;
  try {
    const span = { backendId, fromMs, toMs };
    const isRead = await store.walkReports(
      span,
      (atMs, report) => steps.add(atMs, report),
      request.signal,
    );
    return isRead || request.signal.aborted
      ? answer(statsHistoryOf(span, steps.steps()))
      : problem("store_unavailable", "The database can't be read now");
  } finally {
    underWay.count--;
  }
}

function lastOf(
  query: URLSearchParams,
  { settings }: ApiDeps,
): number | Problem {
  const { statsRetentionMs = Infinity } = settings;
  const lastMs = durationMs(query.get("last") || LAST_DEFAULT) ?? NaN;
  return lastMs >= LAST_MS_MIN && lastMs <= statsRetentionMs
    ? lastMs
    : invalidParameter(
      "last",
      "must be a duration such as 15m, 24h or 7d, from a minute to stats_retention_days",
    );
}

function pointsOf(query: URLSearchParams): number | Problem {
  const points = wholeParameter(query, "points", {
    max: POINTS_MAX,
    fallback: POINTS_DEFAULT,
  });
  return typeof points === "number" && points < POINTS_MIN
    ? invalidParameter(
      "points",
      `must be a whole number from ${POINTS_MIN} to ${POINTS_MAX}`,
    )
    : points;
}
