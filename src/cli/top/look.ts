/** One look at a server for `opsen top`: its fleet, its health, and how fast it decides. */
import { type HealthAnswer, healthAnswer } from "../../wire/answers.ts";
import { LEASES_PAGE_MAX } from "../../wire/bounds.ts";
import { type ClientView, clientViews } from "../../wire/client_view.ts";
import {
  decisionsAnswer,
  type DecisionSummary,
} from "../../wire/decision_answer.ts";
import { type LeaseAnswer, leasesAnswer } from "../../wire/lease_answer.ts";
import { type QueueAnswer, queueAnswer } from "../../wire/queue_answer.ts";
import {
  type ApiCall,
  type ApiOutcome,
  type ApiTarget,
  callApi,
} from "../api_client.ts";

/** What was seen. */
export interface Look {
  readonly server: string;
  readonly clients: readonly ClientView[];
  /** Absent where the server does not say. */
  readonly health: HealthAnswer | undefined;
  readonly queue: QueueAnswer | undefined;
  readonly rates: Rates | undefined;
  /** Leases on the backend that is looked into. */
  readonly leases: readonly LeaseAnswer[] | undefined;
}

/** Decisions a second, lately. */
export interface Rates {
  readonly decisions: number;
  readonly refusals: number;
}

/** Newest decisions that are counted: two seconds of a busy server, in 150 kB. */
const DECISIONS_COUNTED_MAX = 500;
/** What "lately" means. */
const LATELY_MS = 10_000;

/** Looks once; `backendId` is the backend whose leases are wanted too. */
export async function look(
  target: ApiTarget,
  backendId?: string,
): Promise<ApiOutcome<Look>> {
  const optional = async <Answer>(call: ApiCall<Answer>) => {
    const outcome = await callApi(target, call);
    return outcome.kind === "answer" ? outcome.answer : undefined;
  };
  const [clients, health, queue, decisions, leases] = await Promise.all([
    callApi(target, { path: "/clients", answers: clientViews }),
    optional({ path: "/health", answers: healthAnswer }),
    optional({ path: "/_opsen/queue", answers: queueAnswer }),
    optional({
      path: `/_opsen/decisions?limit=${DECISIONS_COUNTED_MAX}`,
      answers: decisionsAnswer,
    }),
    backendId === undefined ? undefined : optional({
      path: `/_opsen/leases?${new URLSearchParams({
        client_id: backendId,
        limit: String(LEASES_PAGE_MAX),
      })}`,
      answers: leasesAnswer,
    }),
  ]);
  if (clients.kind !== "answer") return clients;
  const answer: Look = {
    server: target.url,
    clients: clients.answer,
    health,
    queue,
    rates: decisions && health &&
      ratesOf(decisions.decisions, Date.parse(health.timestamp)),
    leases: leases?.leases,
  };
  return { kind: "answer", answer };
}

/** Both instants are of the server's clock. Where more were decided than are counted, over the time that they took. */
export function ratesOf(
  newestFirst: readonly DecisionSummary[],
  nowMs: number,
): Rates {
  const ages = newestFirst.map(({ at }) => nowMs - Date.parse(at));
  const count = ages.filter((ageMs) => ageMs < LATELY_MS).length;
  const spanMs = count === DECISIONS_COUNTED_MAX
    ? Math.max(1, ages.at(-1) ?? 1)
    : LATELY_MS;
  const refused = newestFirst.slice(0, count)
    .filter(({ outcome }) => outcome === "refused").length;
  return {
    decisions: count * 1000 / spanMs,
    refusals: refused * 1000 / spanMs,
  };
}

/** The look as one line of JSON. */
export function lookJson(seen: Look, nowMs: number): string {
  const { server, clients, health, queue, rates } = seen;
  return JSON.stringify({
    at: new Date(nowMs).toISOString(),
    server,
    health,
    queue,
    decisions_per_second: rates?.decisions,
    refusals_per_second: rates?.refusals,
    clients,
  });
}
