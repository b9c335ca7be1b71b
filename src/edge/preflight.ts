/**
 * The question a browser asks before it lets a page of another origin send a request (WHATWG Fetch, section 4.8), and
 * our answer to it. It carries no credentials, so none are asked for; it says nothing of who may call.
 */
import {
  ACCESS_CONTROL_ALLOW_ORIGIN,
  ACCESS_CONTROL_REQUEST_METHOD,
  ORIGIN,
} from "../http1/field_names.ts";
import { octetsOf, textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { writeFraming } from "./forward_response.ts";
import { type RefusalCode, statusOf } from "./refusals.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { RequestInProgress } from "./request_in_progress.ts";
import { connectionLine } from "./send_response.ts";

/** Whether a request is such a question. One with a body is not: no browser sends any. */
export function isPreflight(bytes: Uint8Array, head: RequestHead): boolean {
  if (textOf(bytes, head.methodStart, head.methodEnd) !== "OPTIONS") {
    return false;
  }
  const { fields } = head;
  let hasOrigin = false;
  let hasMethod = false;
  for (let i = 0; i < fields.count; i++) {
    const number = fields.number(i);
    hasOrigin ||= number === ORIGIN;
    hasMethod ||= number === ACCESS_CONTROL_REQUEST_METHOD;
  }
  return hasOrigin && hasMethod && !head.hasBody && head.upgrade === -1;
}

/** Whether a backend leaves the answer to us: its own says nothing of origins. */
export function isLeftToUs(
  { fields }: ResponseHead,
  { isPreflight }: RequestFacts,
): boolean {
  if (!isPreflight) return false;
  for (let i = 0; i < fields.count; i++) {
    const isAnswer = fields.number(i) === ACCESS_CONTROL_ALLOW_ORIGIN;
    if (isAnswer && !fields.isDropped(i)) return false;
  }
  return true;
}

/**
 * Whether a preflight is answered although it was refused: what is wrong is not with the question itself, and a page
 * learns of it only from the answer to the request that follows.
 */
export function isAnsweredAllTheSame(code: RefusalCode): boolean {
  const status = statusOf(code);
  return status === 401 || status === 429 ||
    (status > 500 && status !== 505) ||
    code === "unknown_tier" || code === "invalid_sticky_id";
}

/** Writes our answer to the caller, who has yet to be flushed; whether the connection may serve another request. */
export function writePreflight(
  { owner: caller, facts, id, notes }: RequestInProgress,
  { requestIds, load }: EdgeParts,
): boolean {
  const { cors } = facts;
  const keepAlive = facts.keepAlive && !load.isDraining;
  const writer = caller.output.borrow();
  writer.put(NO_CONTENT);
  requestIds.write(id, writer);
  writer.put(CRLF);
  writer.put(notes.kind === "api" ? cors.apiPreflight : cors.preflight);
  writer.put(caller.rules.browser.security(caller.isTls, 0));
  writeFraming(writer, false, connectionLine(keepAlive, facts));
  writer.put(CRLF);
  notes.answeredHere(NO_CONTENT_STATUS, undefined, 0);
  return keepAlive;
}

const CRLF = octetsOf("\r\n");
const NO_CONTENT_STATUS = 204;
const NO_CONTENT = octetsOf("HTTP/1.1 204 No Content\r\nX-Request-ID: ");
