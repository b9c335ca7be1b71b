/** `POST /route`: a caller asks where to send a session, and the room is booked. */
import type { Placed, Refused } from "../engine/decision.ts";
import type { Durability } from "../ports.ts";
import { routeAnswerOf } from "../wire/answers.ts";
import { NO_CAPACITY_RETRY_SECONDS } from "../wire/bounds.ts";
import { type RouteBody, routeBody } from "../wire/route_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { type Problem, problem } from "./problems.ts";
import { sessionOf } from "./session_id.ts";

/** Places a session. From the validated body to the booking nothing is awaited: that is the lock. */
export function route(deps: ApiDeps): Endpoint {
  return {
    path: "/route",
    methods: ["POST"],
    access: "key_holder",
    handle: jsonHandler(routeBody, deps.settings, place),
  };

  function place(body: RouteBody, call: Call): Outcome | Promise<Outcome> {
    const { balancer, clock, locator, settings } = deps;
    const { tier, clientIp } = body;
    const { headers } = call.request;
    const session = sessionOf(settings, headers, clientIp, call.connection);
    if (session.kind === "problem") return session;
    const { stickyId } = session;
    const place = body.place ??
      (clientIp === "" ? undefined : locator.locate(clientIp));

    const decision = balancer.place(
      { tier, place, stickyId },
      clock.monotonicMs(),
    );
    switch (decision.kind) {
      case "unknown_tier":
        return problem("unknown_tier", `Unknown tier: ${decision.tier}`);
      case "refused":
        return noCapacity(decision);
      case "placed":
        return stickyId === undefined
          ? placedAnswer(decision, "durable")
          : keep(decision, tier, stickyId);
    }
  }

  /** The answer to a session leaves when the store has its assignment. */
  async function keep(
    placed: Placed,
    tier: string,
    stickyId: string,
  ): Promise<Outcome> {
    const { store, clock, logger } = deps;
    const { backendId } = placed;
    const lastUsedMs = clock.wallMs();
    const durability = await acknowledgement(
      store.saveSticky({ stickyId, tier, backendId, lastUsedMs }),
      logger,
    );
    return placedAnswer(placed, durability);
  }

  function placedAnswer(placed: Placed, durability: Durability): Outcome {
    const { clock } = deps;
    const leftMs = placed.hold.expiresAt - clock.monotonicMs();
    const expiresAt = new Date(clock.wallMs() + leftMs).toISOString();
    return answer(routeAnswerOf(placed, expiresAt, durability === "durable"));
  }
}

function noCapacity({ tally, fleetSize }: Refused): Problem {
  return problem(
    "no_capacity",
    "No available clients with sufficient resources",
    {
      tally,
      fleetSize,
      headers: { "retry-after": String(NO_CAPACITY_RETRY_SECONDS) },
    },
  );
}
