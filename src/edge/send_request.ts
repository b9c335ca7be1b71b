/** Puts the head of a request together for its origin: the API learns the address and the scheme, backends what proxies say. */
import { octetsOf, textOf } from "../http1/octets.ts";
import { X_REQUEST_ID } from "../http1/field_names.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import {
  dropClaims,
  dropField,
  writeCaller,
  writeRequestStart,
} from "./forward_request.ts";
import type { Outgoing, Way } from "./sending.ts";
import { fieldText } from "./tier_sources.ts";
import { dropTrace, writeTraceparent } from "./trace_fields.ts";
import type { Upstream } from "./upstream.ts";

/** Longest id of a request that is taken from a trusted proxy. */
const REQUEST_ID_CHARS_MAX = 128;

/** Writes the head to the upstream connection, which has yet to be flushed. */
export function sendHead(
  bytes: Uint8Array,
  head: RequestHead,
  caller: Caller,
  upstream: Upstream,
  { id, notes: { span } }: Outgoing,
  { gpuLine }: Way,
  parts: EdgeParts,
): void {
  const { origin } = upstream;
  const writer = upstream.output.borrow();
  const isForApi = origin === parts.apiOrigin;
  const { keyFields, standing } = caller.guest;
  dropClaims(head, caller.isTrusted);
  for (const name of keyFields) dropField(bytes, head, name);
  if (span !== undefined) dropTrace(bytes, head, span);
  writeRequestStart(writer, bytes, head, origin);
  if (isForApi) {
    writer.put(OPSEN_CALLER);
    writer.text(standing.ip);
    writer.put(X_FORWARDED_PROTO_NAME);
    writer.put(caller.lines.scheme);
    writer.put(CRLF);
  } else {
    const { lines, isTrusted } = caller;
    writeCaller(writer, bytes, head, lines, isTrusted, origin.authority);
    if (gpuLine !== undefined) writer.put(gpuLine);
  }
  if (span !== undefined) writeTraceparent(writer, span);
  writer.put(X_REQUEST_ID_NAME);
  parts.requestIds.write(id, writer);
  writer.put(HEAD_END);
}

/** The id that a trusted proxy gave the request, when it is one. */
export function givenId(
  { isTrusted, held }: Caller,
  head: RequestHead,
): string | undefined {
  if (!isTrusted) return undefined;
  const given = fieldText(held.bytes, head, X_REQUEST_ID);
  return given !== undefined && given.length <= REQUEST_ID_CHARS_MAX &&
      /^[\x21-\x7e]+$/.test(given)
    ? given
    : undefined;
}

/** The target of a request as text, for the choice among a backend's endpoints. */
export function pathOf(bytes: Uint8Array, head: RequestHead): string {
  return textOf(bytes, head.pathStart, head.targetEnd);
}

const CRLF = octetsOf("\r\n");
const HEAD_END = octetsOf("\r\n\r\n");
const OPSEN_CALLER = octetsOf("Opsen-Caller: ");
const X_FORWARDED_PROTO_NAME = octetsOf("\r\nX-Forwarded-Proto: ");
const X_REQUEST_ID_NAME = octetsOf("X-Request-ID: ");
