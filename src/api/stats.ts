/** `POST /stats`: a backend reports its real use. */
import type { Acknowledgement } from "../wire/answers.ts";
import { statsBody } from "../wire/stats_body.ts";
import { type AgentDrain, heedAgent } from "./agent_drain.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { ClaimWatch } from "./claims.ts";
import { answer, callerIp, type Endpoint, type Outcome } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { problem } from "./problems.ts";
import { speakerRefusal } from "./speaking.ts";

/** Takes a report; storing it is not waited for, because the next one replaces it. A change of its draining is. */
export function stats(deps: ApiDeps, claims: ClaimWatch): Endpoint {
  const { balancer, store, clock, settings } = deps;
  return {
    path: "/stats",
    methods: ["POST"],
    access: "agent",
    handle: jsonHandler(statsBody, settings, (message, call) => {
      const { id, report, presence } = message;
      const refusal = speakerRefusal(deps, call, id);
      if (refusal !== undefined) return refusal;
      // Before the report, since whoever waits for room must not get that of a machine that goes.
      const drain = heedAgent(deps, id, presence);
      const outcome = balancer.report(id, report, clock.monotonicMs());
      switch (outcome) {
        case "unknown_backend":
          return problem("unknown_client", `Unknown client: ${id}`);
        case "accepted": {
          const recovery = balancer.recovery(id);
          const stored = recovery === undefined
            ? report
            : { ...report, recovery };
          store.saveReport(id, stored, clock.wallMs());
          const conflict = claims.hear(id, {
            instance: presence.instance,
            hostname: message.hostname,
            localIp: "",
            publicIp: message.publicIp || callerIp(call.connection),
          });
          return answerWhenStored(drain, conflict);
        }
      }
    }),
  };
}

function answerWhenStored(
  { isDrained, write }: AgentDrain,
  conflict: string | undefined,
): Outcome | Promise<Outcome> {
  const body: Acknowledgement = {
    status: "ok",
    ...(isDrained && { drained: true }),
    ...(conflict !== undefined && { conflict }),
  };
  if (write === undefined) return answer(body);
  return write.then((durability) =>
    answer(durability === "memory" ? { ...body, durable: false } : body)
  );
}
