/** The field that joins traces, read strictly and written (W3C Trace Context, section 3.2). Text in, values out. */
import type { Random } from "../ports.ts";

/** What it says. */
export interface Traceparent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span of whoever sent it. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Later versions may say more behind a hyphen; version ff is none, and ids are never all zeros. */
const FORM =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const SAMPLED = 1;
const TWO_TO_32 = 0x1_0000_0000;

/** Undefined for what is none, as if it had not come. */
export function parseTraceparent(text: string): Traceparent | undefined {
  const [, version, traceId, spanId, flags = "", rest] = FORM.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** In version 00. */
export function traceparentText(
  { traceId, spanId, isSampled }: Traceparent,
): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/** One that tells those behind us that a request of nobody's trace is not sampled. */
export function unsampledTraceparent(random: Random): string {
  const [traceId, spanId] = [digits(random, 32), digits(random, 16)];
  return traceparentText({ traceId, spanId, isSampled: false });
}

/** So many hexadecimal digits, of which the last is not zero. */
function digits(random: Random, count: number): string {
  let text = "";
  while (text.length < count) {
    const word = Math.floor(random.next() * TWO_TO_32);
    text += word.toString(16).padStart(8, "0");
  }
  return `${text.slice(1)}1`;
}
