/**
 * What a connection's octets are as a sequence of requests, read by the codec and by the oracle: when both see the same
 * requests with the same bodies, nothing can be hidden in one of them.
 */
import { BodyReader } from "../../src/http1/body_reader.ts";
import { Fields } from "../../src/http1/head.ts";
import { RequestHead } from "../../src/http1/request_head.ts";
import { feed, NAMES, readRequestOctets } from "../http1/readings.ts";
import { oracleBody, oracleRequest } from "./oracle.ts";

/** One whole request. */
export interface StreamRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /** Where it ends in the stream. */
  readonly end: number;
}

/** The requests that the codec reads before the end or something refused. */
export function codecStream(octets: Uint8Array): StreamRequest[] {
  const requests: StreamRequest[] = [];
  const reader = new BodyReader(NAMES, new Fields());
  const used = new RequestHead();
  let start = 0;
  for (;;) {
    const head = readRequestOctets(octets.subarray(start), used);
    if (!("method" in head)) return requests;
    const framing = head.isChunked
      ? "chunked"
      : head.hasBody
      ? "length"
      : "none";
    reader.begin(framing, head.contentLength, "bare");
    const rest = octets.subarray(start + head.end);
    const body = feed(reader, rest.length === 0 ? [] : [rest]);
    if (!body.isDone) return requests;
    start += head.end + body.at;
    const { method, target } = head;
    requests.push({ method, target, body: body.out, end: start });
    if (!head.keepAlive) return requests;
  }
}

/** The requests that the oracle reads. */
export function oracleStream(text: string): StreamRequest[] {
  const requests: StreamRequest[] = [];
  let start = 0;
  for (;;) {
    const head = oracleRequest(text.slice(start));
    if (head === undefined) return requests;
    const body = oracleBody(text.slice(start + head.end), head);
    if (body === undefined) return requests;
    start += head.end + body.end;
    const { method, target } = head;
    requests.push({ method, target, body: body.data, end: start });
    if (!head.keepAlive) return requests;
  }
}
