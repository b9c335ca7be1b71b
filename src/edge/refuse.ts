/** Answers requests in their origins' place. */
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import {
  refusalBytes,
  type RefusalCode,
  type RefusalExtras,
} from "./refusals.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";

/** Writes the refusal to the caller, who has yet to be flushed; whether the connection may serve another request. */
export function writeRefusal(
  { code, facts, id, extras }: {
    readonly code: RefusalCode;
    readonly facts: RequestFacts;
    readonly id: RequestId;
    readonly extras?: RefusalExtras | undefined;
  },
  caller: Caller,
  { requestIds, logger, load }: EdgeParts,
): boolean {
  const { framing, isHead, wantsUpgrade } = facts;
  // What follows a body or a change of protocol that are not taken can't be read as a request; after a fault of the
  // program nothing is sure.
  const keepAlive = facts.keepAlive && framing === "none" && !wantsUpgrade &&
    !load.isDraining && code !== "method_not_allowed" &&
    code !== "internal_error";
  const requestId = requestIds.text(id);
  logger.debug("Request refused", { requestId, code, caller: caller.peer.ip });
  const options = { keepAlive, isHead, extras };
  const response = refusalBytes(code, requestId, options);
  caller.output.take(response, 0, response.length);
  return keepAlive;
}

/** Writes the refusal of a head that is no request; the connection ends with it. */
export function writeHeadRefusal(
  code: RefusalCode,
  { output, peer }: Caller,
  { requestIds, logger }: EdgeParts,
): void {
  const requestId = requestIds.text(requestIds.next());
  logger.debug("Request refused", { requestId, code, peer: peer.ip });
  const options = { keepAlive: false, isHead: false };
  const response = refusalBytes(code, requestId, options);
  output.take(response, 0, response.length);
}
