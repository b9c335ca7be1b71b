/** `POST /register`: a backend says what it is. */
import type { Registration } from "../engine/backend.ts";
import type { Acknowledgement } from "../wire/answers.ts";
import { registerBody } from "../wire/register_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { problem } from "./problems.ts";

/** Registers a backend; the answer leaves when the store has it. */
export function register(deps: ApiDeps): Endpoint {
  const { balancer, store, clock, settings } = deps;
  const logger = deps.logger.child("register");
  return {
    path: "/register",
    methods: ["POST"],
    access: "key_holder",
    handle: jsonHandler(registerBody, settings, async (registration) => {
      const outcome = balancer.register(registration, clock.monotonicMs());
      const { id, hostname, endpoint } = registration;
      switch (outcome) {
        case "fleet_full":
          logger.warn("Registration refused: the fleet is full", { id });
          return problem(
            "fleet_full",
            `Fleet full: ${balancer.size} backends are registered already`,
            { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } },
          );
        case "registered":
          logger.info("Backend registered", { id, hostname, endpoint });
          warnOfTwins(registration);
          break;
        case "updated":
          logger.debug("Backend registered again", { id, hostname, endpoint });
          break;
      }
      const durability = await acknowledgement(
        store.saveRegistration(registration, clock.wallMs()),
        logger,
      );
      const body: Acknowledgement = durability === "memory"
        ? { status: "registered", durable: false }
        : { status: "registered" };
      return answer(body);
    }),
  };

  /** Most likely a client that lost its state; until the old id goes stale, its machine's room counts twice. */
  function warnOfTwins(registration: Registration): void {
    const others = balancer.sharingEndpoint(registration);
    if (others.length === 0) return;
    const { id, endpoint } = registration;
    logger.warn("Backends share an endpoint, so its room counts twice", {
      id,
      others,
      endpoint,
    });
  }
}

/** Room in a full fleet comes from clean-up, which by default runs once a minute. */
const RETRY_AFTER_SECONDS = 60;
