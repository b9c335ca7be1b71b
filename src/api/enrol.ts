/** `POST /_opsen/enrol`: a machine trades a token for a credential of its own. The token is what lets it in. */
import type { EnrolmentDesk } from "../trust_ports.ts";
import { type EnrolAnswer, enrolBody } from "../wire/enrol_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { shownKey } from "./key_ring.ts";
import { problem } from "./problems.ts";

/** Enrols a machine; the answer leaves when the store has its credential and that the token was used. */
export function enrol(deps: ApiDeps, desk: EnrolmentDesk): Endpoint {
  const { balancer, clock, settings } = deps;
  const logger = deps.logger.child("enrol");
  return {
    path: "/_opsen/enrol",
    methods: ["POST"],
    access: "allowed_address",
    action: "agent.enrol",
    handle: jsonHandler(enrolBody, settings, async (body, call) => {
      const { request, requestId } = call;
      const { client_id: target, token } = body;
      const outcome = desk.enrol({
        backendId: target,
        token,
        credential: body.credential ?? undefined,
        shownKey: shownKey(request.headers),
        isRegistered: () =>
          balancer.backends(clock.monotonicMs())
            .some(({ registration }) => registration.id === target),
      });
      switch (outcome.kind) {
        case "refused": {
          const { code, detail } = outcome;
          return { ...problem(code, detail), audited: { target } };
        }
        case "enrolled": {
          const { credential, createdBy: actor, write } = outcome;
          const durability = await acknowledgement(write, logger);
          logger.info("Backend enrolled", {
            requestId,
            id: target,
            by: actor,
          });
          const answerBody: EnrolAnswer = {
            client_id: target,
            credential,
            ...(durability === "memory" && { durable: false }),
          };
          return answer(answerBody, { actor, target });
        }
      }
    }),
  };
}
