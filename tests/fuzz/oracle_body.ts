/** The part of the oracle that reads chunked bodies, on text with regular expressions (RFC 9112, section 7.1). */
import type { FieldText } from "../http1/readings.ts";

/** A field line without its end. */
export const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
/** Most fields of a head or a trailer section. */
export const FIELDS_MAX = 256;

const CHUNK_LINE = /([0-9A-Fa-f]{1,16})(;[\t\x20-\x7e\x80-\xff]*)?\r\n/y;
const CHUNK_CHARACTERS_MAX = 2 ** 31 - 1;
const EXTENSION_CHARACTERS_MAX = 16_384;
const TRAILER_CHARACTERS_MAX = 16_384;

/** Field names that mean something to the proxy: never sent on from a trailer section. */
export const KNOWN: readonly string[] = [
  "connection content-length content-type expect forwarded host http2-settings keep-alive opsen-caller",
  "proxy-connection te trailer transfer-encoding upgrade via x-forwarded-for x-forwarded-host x-forwarded-port",
  "x-forwarded-prefix x-forwarded-proto x-forwarded-scheme x-forwarded-server x-forwarded-ssl x-opsen-backend",
  "x-opsen-gpu x-real-ip x-request-id",
].join(" ").split(" ");

/** A body that ended properly. */
export interface OracleBody {
  readonly data: string;
  /** Trailer fields that go on. */
  readonly trailers: readonly FieldText[];
  /** Characters of the body with its framing. */
  readonly end: number;
}

/** Reads a chunked body at the start of the text; undefined when it is not one or does not end. */
export function chunkedBody(text: string): OracleBody | undefined {
  let data = "";
  let at = 0;
  let extensions = 0;
  for (;;) {
    CHUNK_LINE.lastIndex = at;
    const line = CHUNK_LINE.exec(text);
    const size = parseInt(line?.[1] ?? "", 16);
    extensions += line?.[2]?.length ?? 0;
    if (line === null || size > CHUNK_CHARACTERS_MAX) return undefined;
    if (extensions > EXTENSION_CHARACTERS_MAX) return undefined;
    at += line[0].length;
    if (size === 0) return withTrailers(text, at, data);
    data += text.slice(at, at + size);
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") return undefined;
    at += 2;
  }
}

/** The data of chunks without extensions, as far as it came. */
export function chunksSoFar(text: string): string {
  let data = "";
  for (let rest = text;;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (line?.[1] === undefined) return data;
    const start = line[0].length;
    const size = parseInt(line[1], 16);
    const piece = rest.slice(start, start + size);
    data += piece;
    if (size === 0 || piece.length < size) return data;
    rest = rest.slice(start + size + 2);
  }
}

function withTrailers(
  text: string,
  at: number,
  data: string,
): OracleBody | undefined {
  const isEmpty = text.startsWith("\r\n", at);
  const blank = isEmpty ? at : text.indexOf("\r\n\r\n", at) + 2;
  if (blank < at) return undefined;
  const end = blank + 2;
  if (end - at > TRAILER_CHARACTERS_MAX) return undefined;
  const lines = isEmpty ? [] : text.slice(at, blank - 2).split("\r\n");
  if (lines.length > FIELDS_MAX) return undefined;
  const trailers: FieldText[] = [];
  for (const line of lines) {
    const [whole, name = "", value = ""] = FIELD_LINE.exec(line) ?? [];
    if (whole === undefined) return undefined;
    if (!KNOWN.includes(name.toLowerCase())) trailers.push([name, value]);
  }
  return { data, trailers, end };
}
