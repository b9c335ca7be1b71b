/** Puts the head of a response together for the caller, and decides how its body goes on. */
import type { Form, Framing } from "../http1/body_reader.ts";
import { isText, octetsOf } from "../http1/octets.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import { isCorsSent } from "./browser_fields.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import {
  type ConnectionLine,
  writeFraming,
  writeResponseStart,
} from "./forward_response.ts";
import type { RequestFacts } from "./request_facts.ts";
import type { Answered } from "./reply.ts";

/** How the body of a response comes and goes. */
export interface ResponseBody {
  readonly framing: Framing;
  readonly form: Form;
  /** Whether the end of the connection is the end of the body. */
  readonly endsWithConnection: boolean;
}

const SWITCHING_PROTOCOLS = 101;
const NO_BODY: ResponseBody = body("none", "as_is", false);
const AS_IS: ResponseBody = body("length", "as_is", false);
const CHUNKED_AS_IS: ResponseBody = body("chunked", "as_is", false);
const INTO_CHUNKS: ResponseBody = body("close", "chunks", false);
const OUT_OF_CHUNKS: ResponseBody = body("chunked", "bare", true);
const UNTIL_CLOSE: ResponseBody = body("close", "as_is", true);

/** How the body of this response comes and goes (RFC 9112, section 6.3). */
export function responseBody(
  head: ResponseHead,
  facts: RequestFacts,
): ResponseBody {
  const { status, isChunked, contentLength } = head;
  if (facts.isHead || status === 204 || status === 304 || status < 200) {
    return NO_BODY;
  }
  const isOld = facts.minor === 0;
  if (isChunked) return isOld ? OUT_OF_CHUNKS : CHUNKED_AS_IS;
  if (contentLength >= 0) return AS_IS;
  return isOld ? UNTIL_CLOSE : INTO_CHUNKS;
}

/** Writes a final response head to the caller, who has yet to be flushed. */
export function sendResponseHead(
  bytes: Uint8Array,
  head: ResponseHead,
  caller: Caller,
  { facts, id, backendLine }: Answered,
  keepAlive: boolean,
  form: Form,
  parts: EdgeParts,
): void {
  const writer = caller.output.borrow();
  const sent = writeResponseStart(writer, bytes, head);
  if (backendLine !== undefined) {
    writer.put(backendLine);
  }
  writer.put(X_REQUEST_ID_NAME);
  parts.requestIds.write(id, writer);
  writer.put(CRLF);
  writer.put(caller.rules.browser.security(caller.isTls, sent));
  if (!isCorsSent(sent)) writer.put(facts.cors.octets);
  const isChunked = facts.minor === 1 && head.status !== 204 &&
    (head.isChunked || form === "chunks");
  writeFraming(writer, isChunked, connectionLine(keepAlive, facts));
  writer.put(CRLF);
}

/** Writes an interim response; a caller that speaks HTTP/1.0 knows none. */
export function sendInterim(
  bytes: Uint8Array,
  head: ResponseHead,
  { minor }: RequestFacts,
  caller: Caller,
): void {
  if (minor === 0) return;
  const writer = caller.output.borrow();
  writeResponseStart(writer, bytes, head);
  writer.put(CRLF);
}

/** Whether a response is 101 (Switching Protocols). */
export function isSwitching({ status }: ResponseHead): boolean {
  return status === SWITCHING_PROTOCOLS;
}

/** Writes a 101 (Switching Protocols); false when the caller's request is not over or asked for no such thing. */
export function sendSwitching(
  bytes: Uint8Array,
  head: ResponseHead,
  caller: Caller,
  { facts, backendLine }: Answered,
): boolean {
  if (!facts.wantsUpgrade || !caller.body.isDone || head.upgrade === -1) {
    return false;
  }
  const writer = caller.output.borrow();
  const { fields, upgrade } = head;
  writeResponseStart(writer, bytes, head);
  writeFraming(writer, false, "upgrade");
  writer.put(UPGRADE_NAME);
  writer.copy(bytes, fields.valueStart(upgrade), fields.valueEnd(upgrade));
  writer.put(CRLF);
  if (backendLine !== undefined) writer.put(backendLine);
  writer.put(CRLF);
  return true;
}

/** Whether a 101 (Switching Protocols) begins a WebSocket (RFC 6455, section 4.2.2). */
export function isWebSocket(
  bytes: Uint8Array,
  { fields, upgrade }: ResponseHead,
): boolean {
  const start = fields.valueStart(upgrade);
  return isText(bytes, start, fields.valueEnd(upgrade), "websocket");
}

/** What is said about the connection when it may serve another request, or may not. */
export function connectionLine(
  keepAlive: boolean,
  { minor }: RequestFacts,
): ConnectionLine {
  if (!keepAlive) return "close";
  return minor === 0 ? "keep-alive" : "none";
}

function body(
  framing: Framing,
  form: Form,
  endsWithConnection: boolean,
): ResponseBody {
  return { framing, form, endsWithConnection };
}

const CRLF = octetsOf("\r\n");
const UPGRADE_NAME = octetsOf("Upgrade: ");
const X_REQUEST_ID_NAME = octetsOf("X-Request-ID: ");
