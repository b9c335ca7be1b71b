/** `GET /_opsen/queue`: who waits for room, and how waiting went. */
import { queueAnswerOf } from "../wire/queue_answer.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint } from "./endpoint.ts";

/** The queue as operators see it. */
export function queue({ balancer, clock }: ApiDeps): Endpoint {
  return {
    path: "/_opsen/queue",
    methods: ["GET"],
    access: "read",
    handle: () => answer(queueAnswerOf(balancer.queue(clock.monotonicMs()))),
  };
}
