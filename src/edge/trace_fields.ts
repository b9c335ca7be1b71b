/** The field that joins a request to its caller's trace (W3C Trace Context, section 3.2). */
import { octetsOf } from "../http1/octets.ts";
import type { OctetWriter } from "../http1/octet_writer.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { RequestSpan, RequestTracer } from "../traffic_ports.ts";
import { dropField } from "./forward_request.ts";
import { HeldFields } from "./local_request.ts";

/** Its name. */
const TRACEPARENT = "traceparent";
/** Where the trace's id ends, which begins after the version and its hyphen. */
const TRACE_ID_END = 35;

/**
 * Version, trace, parent and flags. Later versions may go on after a hyphen; version ff is none, and neither ids nor
 * parents are all zeros.
 */
const WELL_FORMED =
  /^(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/;

/**
 * Marks the fields of the caller's trace that a span takes the place of: its parent always, its vendors' state when the
 * span is of another trace, as that state belongs to a parent that nobody is told of (section 3.3.1).
 */
export function dropTrace(
  bytes: Uint8Array,
  head: RequestHead,
  { traceparent }: RequestSpan,
): void {
  const given = new HeldFields(bytes, head).get(TRACEPARENT) ?? "";
  const isJoined = given.slice(3, TRACE_ID_END) ===
    traceparent.slice(3, TRACE_ID_END);
  dropField(bytes, head, TRACEPARENT);
  if (!isJoined) dropField(bytes, head, "tracestate");
}

/** Writes the field of a span in the place of the caller's. */
export function writeTraceparent(
  writer: OctetWriter,
  { traceparent }: RequestSpan,
): void {
  writer.put(TRACEPARENT_NAME);
  writer.text(traceparent);
  writer.put(CRLF);
}

/** The span of a request whose head lies in these octets; of its caller's trace when it names one, and only one. */
export function beginSpan(
  tracer: RequestTracer,
  bytes: Uint8Array,
  head: RequestHead,
): RequestSpan | undefined {
  const given = new HeldFields(bytes, head).get(TRACEPARENT) ?? "";
  return tracer.begin(WELL_FORMED.test(given) ? given : undefined);
}

const TRACEPARENT_NAME = octetsOf(`${TRACEPARENT}: `);
const CRLF = octetsOf("\r\n");
