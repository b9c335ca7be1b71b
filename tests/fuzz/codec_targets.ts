/**
 * The codec under the fuzzer. Every target asks: does it ever throw, does it say the same however the octets arrive,
 * does what it accepts mean the same when written down again, and does the oracle read the same out of it?
 */
import { isDeepStrictEqual } from "node:util";
import type { Form } from "../../src/http1/body_reader.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { RequestHead } from "../../src/http1/request_head.ts";
import { ResponseHead } from "../../src/http1/response_head.ts";
import {
  type BodyReading,
  cut,
  readBody,
  readRequestOctets,
  readResponseOctets,
  type RequestReading,
  type ResponseReading,
  type Unread,
} from "../http1/readings.ts";
import { rewrittenRequest, rewrittenResponse } from "../http1/rewritten.ts";
import type { Chance } from "./chance.ts";
import { BODIES, REQUESTS, RESPONSES, STREAMS } from "./examples.ts";
import { oracleRequest, oracleResponse } from "./oracle.ts";
import { chunkedBody } from "./oracle_body.ts";
import { codecStream, oracleStream } from "./streams.ts";
import type { Target } from "./target.ts";

/** Up to here every split is tried, beyond it a few. */
const EVERY_SPLIT_BYTES_MAX = 512;
const CUTS_MAX = 8;
const FORMS = ["as_is", "bare"] as const;

/** All targets of the codec. */
export const CODEC_TARGETS: readonly [Target, ...Target[]] = [
  {
    name: "request heads",
    layer: "codec",
    examples: REQUESTS,
    check: (input, chance) =>
      checkHead(input, chance, {
        read: readRequestOctets,
        head: new RequestHead(),
        oracle: oracleRequest,
        rewritten: rewrittenRequest,
      }),
  },
  {
    name: "response heads",
    layer: "codec",
    examples: RESPONSES,
    check: (input, chance) =>
      checkHead(input, chance, {
        read: readResponseOctets,
        head: new ResponseHead(),
        oracle: oracleResponse,
        rewritten: rewrittenResponse,
      }),
  },
  {
    name: "chunked bodies",
    layer: "codec",
    examples: BODIES,
    check: checkBody,
  },
  {
    name: "streams of requests",
    layer: "codec",
    examples: STREAMS,
    check: (input) =>
      difference(
        codecStream(input),
        oracleStream(textOf(input, 0, input.length)),
      ),
  },
];

interface HeadKind<Head, Reading extends RequestReading | ResponseReading> {
  read(octets: Uint8Array, head: Head): Reading | Unread;
  readonly head: Head;
  oracle(text: string): Omit<Reading, "verdict"> | undefined;
  rewritten(reading: Reading): string;
}

function checkHead<Head, Reading extends RequestReading | ResponseReading>(
  input: Uint8Array,
  chance: Chance,
  kind: HeadKind<Head, Reading>,
): string | undefined {
  const whole = kind.read(input, kind.head);
  for (const end of prefixesOf(input, chance)) {
    const part = kind.read(input.subarray(0, end), kind.head);
    const same = isRead(whole) && end >= whole.end
      ? isDeepStrictEqual(part, whole)
      : part.verdict === "incomplete" ||
        (!isRead(whole) && part.verdict === whole.verdict);
    if (!same) {
      return `${end} octets are "${part.verdict}", all are "${whole.verdict}"`;
    }
  }
  const expected = kind.oracle(textOf(input, 0, input.length));
  if (!isRead(whole)) {
    return expected && `"${whole.verdict}", but the oracle takes it`;
  }
  const { verdict: _, ...meaning } = whole;
  const differs = difference(meaning, expected);
  if (differs !== undefined) return differs;
  const again = kind.read(octetsOf(kind.rewritten(whole)), kind.head);
  const { end: _before, ...before } = whole;
  const { end: _after, ...after } = { end: 0, ...again };
  return difference(after, before);
}

function checkBody(input: Uint8Array, chance: Chance): string | undefined {
  const text = textOf(input, 0, input.length);
  const form: Form = chance.oneOf(FORMS);
  const whole = readBody(cut(input, []), "chunked", form);
  for (const positions of splitsOf(input, chance)) {
    const split = readBody(cut(input, positions), "chunked", form);
    const differs = difference(split, whole);
    if (differs !== undefined) return `Split at ${positions}: ${differs}`;
  }
  const expected = chunkedBody(text);
  if (!whole.isDone) {
    return expected && `fault ${whole.fault}, but the oracle takes it`;
  }
  if (form === "bare") {
    return difference(
      { data: whole.out, end: whole.at },
      expected && { data: expected.data, end: expected.end },
    );
  }
  const on = chunkedBody(whole.out);
  return difference(on && { ...on, end: whole.at }, expected) ??
    difference(on?.end, whole.out.length) ?? extensionLeft(whole);
}

/** Whatever goes on is read to the same by a second pass, which then has nothing to leave out. */
function extensionLeft(first: BodyReading): string | undefined {
  const again = readBody([octetsOf(first.out)], "chunked");
  return difference(again.out, first.out);
}

function prefixesOf(input: Uint8Array, chance: Chance): Iterable<number> {
  return input.length <= EVERY_SPLIT_BYTES_MAX
    ? Array(input.length).keys()
    : chance.cuts(input.length, CUTS_MAX);
}

function splitsOf(input: Uint8Array, chance: Chance): readonly number[][] {
  const several = chance.cuts(input.length, CUTS_MAX);
  if (input.length > EVERY_SPLIT_BYTES_MAX) return [several];
  const all = [...Array(input.length).keys()];
  return [several, all, ...all.map((at) => [at])];
}

function isRead<Reading extends RequestReading | ResponseReading>(
  reading: Reading | Unread,
): reading is Reading {
  return reading.verdict === "complete";
}

function difference(actual: unknown, expected: unknown): string | undefined {
  if (isDeepStrictEqual(actual, expected)) return undefined;
  return `${Deno.inspect(actual)} instead of ${Deno.inspect(expected)}`;
}
