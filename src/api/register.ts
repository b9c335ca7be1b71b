/** `POST /register`: a backend says what it is. */
import type { Registration } from "../engine/backend.ts";
import type { Acknowledgement } from "../wire/answers.ts";
import { registerBody } from "../wire/register_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import { heedAgent } from "./agent_drain.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { ClaimWatch } from "./claims.ts";
import { answer, type Call, callerIp, type Endpoint } from "./endpoint.ts";
import { endpointRefusal } from "./endpoint_check.ts";
import { jsonHandler } from "./json_handler.ts";
import { problem } from "./problems.ts";
import { leastOf } from "./saved_lease.ts";
import { speakerRefusal } from "./speaking.ts";

/** Registers a backend; the answer leaves when the store has it. */
export function register(deps: ApiDeps, claims: ClaimWatch): Endpoint {
  const { balancer, store, clock, settings } = deps;
  const logger = deps.logger.child("register");
  return {
    path: "/register",
    methods: ["POST"],
    access: "agent",
    handle: jsonHandler(registerBody, settings, async (message, call) => {
      const { presence } = message;
      const { requestId } = call;
      const registration = whereItMayBe(message.registration, call);
      const { id, hostname, endpoint, localIp } = registration;
      const refusal = speakerRefusal(deps, call, id);
      if (refusal !== undefined) return refusal;
      const misplaced = await endpointRefusal(deps, registration);
      if (misplaced !== undefined) return misplaced;
      // It may have been shut out while names were looked up, or its key taken back.
      const late = call.lateRefusal?.() ?? speakerRefusal(deps, call, id);
      if (late !== undefined) return late;
      // Before it, since whoever waits for room must not get that of a machine that goes.
      const known = heedAgent(deps, id, presence);
      const outcome = balancer.register(registration, clock.monotonicMs());
      switch (outcome) {
        case "fleet_full":
          logger.warn("Registration refused: the fleet is full", {
            requestId,
            id,
          });
          return problem(
            "fleet_full",
            `Fleet full: ${balancer.size} backends are registered already`,
            { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } },
          );
        case "registered":
          logger.info("Backend registered", {
            requestId,
            id,
            hostname,
            endpoint,
          });
          warnOfTwins(registration, requestId);
          break;
        case "updated":
          logger.debug("Backend registered again", {
            requestId,
            id,
            hostname,
            endpoint,
          });
          break;
      }
      // Before its draining, which the database keeps only of backends that it has.
      const write = acknowledgement(
        store.saveRegistration(registration, clock.wallMs()),
        logger,
      );
      const drain = outcome === "registered"
        ? heedAgent(deps, id, presence)
        : known;
      const conflict = claims.hear(id, {
        instance: presence.instance,
        hostname,
        localIp,
        publicIp: registration.publicIp || callerIp(call.connection),
      });
      const writes = drain.write === undefined ? [write] : [write, drain.write];
      const durability = leastOf(...await Promise.all(writes));
      const body: Acknowledgement = {
        status: "registered",
        ...(durability === "memory" && { durable: false }),
        ...(drain.isDrained && { drained: true }),
        ...(conflict !== undefined && { conflict }),
      };
      return answer(body);
    }),
  };

  /** Most likely a client that lost its state; until the old id goes stale, its machine's room counts twice. */
  function warnOfTwins(registration: Registration, requestId: string): void {
    const others = balancer.sharingEndpoint(registration);
    if (others.length === 0) return;
    const { id, endpoint } = registration;
    logger.warn("Backends share an endpoint, so its room counts twice", {
      requestId,
      id,
      others,
      endpoint,
    });
  }
}

/** With what is known of where the backend may be. */
function whereItMayBe(
  registration: Registration,
  { connection, principal }: Call,
): Registration {
  const registeredFrom = callerIp(connection);
  const endpointAllow = principal?.endpointAllow ?? [];
  return {
    ...registration,
    ...(registeredFrom !== "" && { registeredFrom }),
    ...(endpointAllow.length > 0 && { endpointAllow }),
  };
}

/** Room in a full fleet comes from clean-up, which by default runs once a minute. */
const RETRY_AFTER_SECONDS = 60;
