/** `POST /stats`: a backend reports its real use. */
import type { Acknowledgement } from "../wire/answers.ts";
import { statsBody } from "../wire/stats_body.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { problem } from "./problems.ts";

/** Takes a report; storing it is not waited for, because the next one replaces it. */
export function stats(deps: ApiDeps): Endpoint {
  const { balancer, store, clock, settings } = deps;
  return {
    path: "/stats",
    methods: ["POST"],
    access: "key_holder",
    handle: jsonHandler(statsBody, settings, ({ id, report }) => {
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
          return answer(OK);
        }
      }
    }),
  };
}

const OK: Acknowledgement = { status: "ok" };
