/** `/_opsen/backends/:id/drain`, `/undrain` and `/_opsen/drains`: operators take backends out of service and back. */
import type { DrainOptions, DrainView } from "../engine/drain.ts";
import type { Clock, Durability } from "../ports.ts";
import { UNAVAILABLE_NAMED_MAX } from "../wire/bounds.ts";
import {
  type DrainAnswer,
  type DrainsAnswer,
  drainStateOf,
} from "../wire/drain_answer.ts";
import { drainBody } from "../wire/drain_body.ts";
import type { ApiDeps } from "./api_deps.ts";
import { bodyKindOf } from "./content_type.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { optionalJsonHandler } from "./optional_body.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { type Problem, problem } from "./problems.ts";
import { removeDrain, saveDrain } from "./saved_drain.ts";

const DRAIN = "/_opsen/backends/:id/drain";
const UNDRAIN = "/_opsen/backends/:id/undrain";

/** Draining of backends by their ids. */
export function drains(deps: ApiDeps): readonly Endpoint[] {
  return [
    {
      path: "/_opsen/drains",
      methods: ["GET"],
      access: "read",
      handle: () => answer(all(deps)),
    },
    {
      path: DRAIN,
      methods: ["GET"],
      access: "read",
      handle: (call) => shown(deps, idOf(DRAIN, call)),
    },
    {
      path: DRAIN,
      methods: ["POST"],
      access: "admin",
      action: "backend.drain",
      handle: optionalJsonHandler(
        drainBody,
        deps.settings,
        (options, call) => drained(deps, idOf(DRAIN, call), options),
      ),
    },
    {
      path: UNDRAIN,
      methods: ["POST"],
      access: "admin",
      action: "backend.undrain",
      handle: (call) => {
        const kind = bodyKindOf(call.request.headers);
        return typeof kind === "string"
          ? undrained(deps, idOf(UNDRAIN, call))
          : kind;
      },
    },
  ];
}

function idOf(pattern: string, { request }: Call): string {
  return parametersOf(pattern, pathOf(request.url))?.id ?? "";
}

function all({ balancer, clock }: ApiDeps): DrainsAnswer {
  const now = clock.monotonicMs();
  const instant = instants(clock);
  return {
    drains: balancer.drains(now).flatMap(({ backendId }) => {
      const drain = balancer.drainOf(backendId, now);
      return drain === undefined
        ? []
        : [{ client_id: backendId, ...drainStateOf(drain, instant) }];
    }),
  };
}

function shown(deps: ApiDeps, id: string): Outcome {
  const { balancer, clock } = deps;
  const now = clock.monotonicMs();
  const drain = balancer.drainOf(id, now);
  const isKnown = drain !== undefined || balancer.backends(now)
    .some(({ registration }) => registration.id === id);
  return isKnown ? answer(answerOf(deps, id, drain)) : unknown(id);
}

/** A drain that was answered survives a kill -9. */
async function drained(
  deps: ApiDeps,
  id: string,
  options: DrainOptions,
): Promise<Outcome> {
  const now = deps.clock.monotonicMs();
  const outcome = deps.balancer.drain(id, "operator", now, options);
  switch (outcome.kind) {
    case "unknown_backend":
      return unknown(id);
    case "too_many_unavailable":
      return tooMany(outcome.unavailable);
    case "draining": {
      const body = answerOf(deps, id, outcome.view);
      return acknowledged(body, await saveDrain(deps, id, outcome.view));
    }
  }
}

/** What was not draining is not drained afterwards either: asking twice is no mistake. */
async function undrained(deps: ApiDeps, id: string): Promise<Outcome> {
  const now = deps.clock.monotonicMs();
  switch (deps.balancer.undrain(id, "operator", now)) {
    case "unknown_backend":
      return unknown(id);
    case "still_draining":
      return await keptDraining(deps, id);
    case "undrained":
    case "not_draining":
      return acknowledged(
        answerOf(deps, id, undefined),
        await removeDrain(deps, id),
      );
  }
}

async function keptDraining(deps: ApiDeps, id: string): Promise<Outcome> {
  const view = deps.balancer.drainOf(id, deps.clock.monotonicMs());
  if (view === undefined) return unknown(id);
  const body = answerOf(deps, id, view);
  return acknowledged(body, await saveDrain(deps, id, view));
}

function acknowledged(body: DrainAnswer, durability: Durability): Outcome {
  return answer(
    durability === "memory" ? { ...body, durable: false } : body,
  );
}

function answerOf(
  { clock }: ApiDeps,
  id: string,
  drain: DrainView | undefined,
): DrainAnswer {
  return drain === undefined
    ? { client_id: id, state: "none" }
    : { client_id: id, ...drainStateOf(drain, instants(clock)) };
}

/** Writes monotonic instants as RFC 3339. */
function instants(clock: Clock): (at: number) => string {
  const startedMs = clock.wallMs() - clock.monotonicMs();
  return (at) => new Date(Math.round(startedMs + at)).toISOString();
}

/** Ids come from outside, so the detail shows a bounded part. */
const SHOWN_CHARS_MAX = 40;

function unknown(id: string): Problem {
  const shownId = id.slice(0, SHOWN_CHARS_MAX);
  return problem("unknown_client", `Unknown client: ${shownId}`);
}

function tooMany(ids: readonly string[]): Problem {
  const unavailable = ids.slice(0, UNAVAILABLE_NAMED_MAX);
  const more = ids.length - unavailable.length;
  return problem(
    "too_many_unavailable",
    `Too many backends are unavailable already: ${unavailable.join(", ")}${
      more > 0 ? ` and ${more} more` : ""
    }`,
    { unavailable },
  );
}
