/** Answers requests in their origins' place. */
import { readProxyHeader } from "../http1/proxy_protocol.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { isAnsweredAllTheSame, writePreflight } from "./preflight.ts";
import {
  refusalAnswer,
  type RefusalCode,
  type RefusalExtras,
} from "./refusals.ts";
import type { RequestInProgress } from "./request_in_progress.ts";

/** Writes the refusal to the caller, who has yet to be flushed; whether the connection may serve another request. */
export function writeRefusal(
  code: RefusalCode,
  extras: RefusalExtras | undefined,
  request: RequestInProgress,
  parts: EdgeParts,
): boolean {
  const { facts, id, notes, owner: caller } = request;
  const { requestIds, logger, load, refusalLog } = parts;
  const { framing, isHead, isBodyHeld, wantsUpgrade } = facts;
  // What follows a body or a change of protocol that are not taken can't be read as a request; after a fault of the
  // program nothing is sure.
  const keepAlive = facts.keepAlive && (framing === "none" || isBodyHeld) &&
    !wantsUpgrade && !load.isDraining && extras?.isLast !== true &&
    code !== "method_not_allowed" && code !== "internal_error";
  const requestId = requestIds.text(id);
  logger.debug("Request refused", { requestId, code, caller: caller.peer.ip });
  if (facts.isPreflight && isAnsweredAllTheSame(code)) {
    return writePreflight(request, parts);
  }
  const { isTls, rules, guest } = caller;
  refusalLog.take(code, guest.standing.ip, extras, requestId);
  const browserLines = rules.browser.securityText(isTls) + facts.cors.lines;
  const options = { keepAlive, isHead, browserLines, extras };
  const answer = refusalAnswer(code, requestId, options);
  caller.output.take(answer.octets, 0, answer.octets.length);
  notes.answeredHere(answer.status, code, answer.bodyBytes);
  // The head goes with the end of the exchange.
  if (isBodyHeld) {
    caller.held.drop(facts.contentLength);
    notes.bytesIn = facts.contentLength;
  }
  return keepAlive;
}

/** Writes the refusal of a head that is no request; the connection ends with it. */
export function writeHeadRefusal(
  code: RefusalCode,
  { owner, notes }: RequestInProgress,
  { requestIds, logger, refusalLog }: EdgeParts,
  now: number,
): void {
  const { output, peer, isTls, rules, held } = owner;
  const id = requestIds.next();
  const requestId = requestIds.text(id);
  logger.debug("Request refused", { requestId, code, peer: peer.ip });
  const { kind } = readProxyHeader(held.bytes, 0, held.length);
  if (kind === "proxied" || kind === "local") {
    refusalLog.take(code, peer.ip, UNKNOWN_PROXY, requestId);
  }
  const browserLines = rules.browser.securityText(isTls);
  const options = { keepAlive: false, isHead: false, browserLines };
  const answer = refusalAnswer(code, requestId, options);
  output.take(answer.octets, 0, answer.octets.length);
  notes.headRefused(id, answer, now);
}

/** Whoever sends a PROXY header believes to be known as a proxy. */
const UNKNOWN_PROXY: RefusalExtras = {
  setting: "proxy_protocol, trusted_proxies",
  detail: "A PROXY header of somebody who is no trusted proxy",
};
