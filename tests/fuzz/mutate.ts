/** Makes inputs that are nearly messages: real ones, changed in a few places. */
import { octetsOf } from "../../src/http1/octets.ts";
import type { Chance } from "./chance.ts";

/** Longer inputs find nothing that shorter ones don't, save at the limits, which have tests of their own. */
const INPUT_BYTES_MAX = 4096;
const CHANGES_MAX = 6;
const DUPLICATE_BYTES_MAX = 64;

/** What parsers have disagreed about before. */
const TOKENS = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "\r\n ",
  ": ",
  ":",
  " ",
  "\t",
  ",",
  ";",
  "\0",
  "\x0b",
  "\x7f",
  "\x85",
  "\xa0",
  "\xff",
  "#",
  "?",
  "*",
  "@",
  "[::1]",
  "[1::1.2.3.4]",
  "http://h",
  "https://u@h:8/",
  "CONNECT ",
  "OPTIONS * ",
  " HTTP/1.0\r\n",
  " HTTP/1.1\r\n",
  " HTTP/2.0\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.0 304\r\n",
  "Host: a\r\n",
  "Host: \r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Content-Length: +5\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive, upgrade\r\n",
  "Connection: host, x-a, via, x-forwarded-for\r\n",
  "Upgrade: h2c\r\n",
  "Upgrade: websocket, HTTP/2\r\n",
  "TE: trailers, deflate\r\n",
  "Expect: 100-continue\r\n",
  "X-A: b\r\n",
  "chunked",
  "identity",
  "0\r\n\r\n",
  "0\r\n",
  "5\r\nhello\r\n",
  "00000000",
  "7fffffff\r\n",
  "80000000\r\n",
  "ffffffffffffffff\r\n",
  "4294967296",
  "9007199254740993",
  "18446744073709551621",
  "-1",
  "0x5",
] as const;

/** The octets with one to {@link CHANGES_MAX} changes. */
export function mutate(
  octets: Uint8Array,
  others: readonly [string, ...string[]],
  chance: Chance,
): Uint8Array {
  let changed = octets;
  const changes = 1 + chance.below(CHANGES_MAX);
  for (let i = 0; i < changes; i++) changed = change(changed, others, chance);
  return changed.subarray(0, INPUT_BYTES_MAX);
}

function change(
  octets: Uint8Array,
  others: readonly [string, ...string[]],
  chance: Chance,
): Uint8Array {
  const at = chance.below(octets.length + 1);
  const until = Math.min(octets.length, at + 1 + chance.below(8));
  switch (chance.below(8)) {
    case 0: {
      const flipped = octets.slice();
      if (at < flipped.length) flipped[at]! ^= 1 << chance.below(8);
      return flipped;
    }
    case 1:
      return splice(octets, at, at, Uint8Array.of(chance.below(256)));
    case 2:
      return splice(octets, at, until, new Uint8Array());
    case 3: {
      const length = 1 + chance.below(DUPLICATE_BYTES_MAX);
      return splice(octets, at, at, octets.slice(at, at + length));
    }
    case 4: {
      const other = octetsOf(chance.oneOf(others));
      return splice(octets, at, octets.length, other.slice(at));
    }
    case 5:
      return splice(octets, at, until, octetsOf(chance.oneOf(TOKENS)));
    default: {
      const lines = lineStarts(octets);
      const line = lines[chance.below(lines.length)] ?? 0;
      const place = chance.below(2) === 0 ? line : at;
      return splice(octets, place, place, octetsOf(chance.oneOf(TOKENS)));
    }
  }
}

function splice(
  octets: Uint8Array,
  start: number,
  end: number,
  middle: Uint8Array,
): Uint8Array {
  const spliced = new Uint8Array(
    start + middle.length + octets.length - end,
  );
  spliced.set(octets.subarray(0, start));
  spliced.set(middle, start);
  spliced.set(octets.subarray(end), start + middle.length);
  return spliced;
}

/** Whole lines go in where lines begin more often than chance would have it. */
function lineStarts(octets: Uint8Array): number[] {
  const starts: number[] = [];
  octets.forEach((octet, at) => octet === 0x0a && starts.push(at + 1));
  return starts;
}
