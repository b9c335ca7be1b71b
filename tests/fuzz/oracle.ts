/**
 * A second reader of HTTP/1.1, on text with regular expressions, written from RFC 9110 and 9112 and the house's
 * stricter rules rather than from the codec: two readers that differ show that one of them is wrong. It may be slow and
 * says only yes or no, never why not.
 */
import type { FieldText } from "../http1/readings.ts";
import {
  chunkedBody,
  FIELD_LINE,
  FIELDS_MAX,
  KNOWN,
  type OracleBody,
} from "./oracle_body.ts";

const HEAD_CHARACTERS_MAX = 65_536;
const NOMINATED_MAX = 32;
const LEADING_LINES_MAX = 4;

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const REQUEST_LINE = new RegExp(
  `^(${TOKEN}{1,32}) ([\\x21\\x22\\x24-\\x7e]{1,32768}) HTTP/1\\.([01])$`,
);
const STATUS_LINE =
  /^HTTP\/1\.([01]) (([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?)$/;
const ONE_TOKEN = new RegExp(`^${TOKEN}+$`);
const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i;
const NAME_AND_PORT = /^[A-Za-z0-9\-._~]+(?::\d{0,5})?$/;
const LITERAL_AND_PORT = /^\[([0-9A-Fa-f:.]+)\](?::\d{0,5})?$/;
const CLEARTEXT_HTTP2 = ["h2c", "h2", "http/2", "http/2.0"];

/** Fields that belong to one connection, whatever Connection says. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te"];
/** Fields that Connection can't take away. */
const KEPT = ["host", "content-length"];

/** A head, or undefined when there is none that may be read in one way only. */
export interface OracleRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly authority: string;
  readonly minor: number;
  readonly end: number;
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly hasBody: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly takesTrailers: boolean;
  readonly expectsContinue: boolean;
  readonly host: string | undefined;
  readonly contentType: string | undefined;
  readonly sent: readonly FieldText[];
}

/** The same of a response. */
export interface OracleResponse {
  readonly status: number;
  readonly line: string;
  readonly minor: number;
  readonly end: number;
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly contentType: string | undefined;
  readonly sent: readonly FieldText[];
}

/** Reads a request head at the start of the text. */
export function oracleRequest(text: string): OracleRequest | undefined {
  let start = 0;
  while (
    start < LEADING_LINES_MAX * 2 && text.startsWith("\r\n", start)
  ) start += 2;
  const split = splitHead(text, start);
  const parts = split && REQUEST_LINE.exec(split.first);
  if (!split || !parts) return undefined;
  const [, method = "", target = "", digit = ""] = parts;
  const minor = Number(digit);
  if (method.toLowerCase() === "connect") return undefined;
  const form = targetForm(method, target);
  const hosts = valuesOf(split.fields, "host");
  const lengths = valuesOf(split.fields, "content-length");
  const meaning = connectionMeaning(split.fields, minor, lengths.slice(0, 1));
  if (form === undefined || meaning === undefined) return undefined;
  if (hosts.length > 1 || (hosts.length === 0 && minor === 1)) return undefined;
  if (!hosts.every(isAuthority) || lengths.length > 1) return undefined;
  const upgrades = valuesOf(split.fields, "upgrade");
  if (upgrades.length > 1) return undefined;
  const protocols = listOf(upgrades).map((item) => item.toLowerCase());
  const takesUpgrade = minor === 1 && meaning.options.includes("upgrade") &&
    !protocols.some((item) => CLEARTEXT_HTTP2.includes(item));
  const isRefused1_0 = minor === 0 ? ["expect"] : [];
  return {
    method,
    target,
    ...form,
    minor,
    end: split.end,
    contentLength: meaning.contentLength,
    isChunked: meaning.isChunked,
    hasBody: meaning.isChunked || meaning.contentLength > 0,
    keepAlive: meaning.keepAlive,
    upgrade: takesUpgrade ? upgrades[0] : undefined,
    takesTrailers: listOf(valuesOf(split.fields, "te")).some((item) =>
      item.toLowerCase() === "trailers"
    ),
    expectsContinue: minor === 1 &&
      valuesOf(split.fields, "expect").some((value) =>
        value.toLowerCase() === "100-continue"
      ),
    host: hosts[0],
    contentType: valuesOf(split.fields, "content-type")[0],
    sent: sentOf(split.fields, meaning.options, [
      ...HOP_BY_HOP,
      "upgrade",
      "http2-settings",
      "transfer-encoding",
      ...isRefused1_0,
    ]),
  };
}

/** Reads a response head at the start of the text. */
export function oracleResponse(text: string): OracleResponse | undefined {
  const split = splitHead(text, 0);
  const parts = split && STATUS_LINE.exec(split.first);
  if (!split || !parts) return undefined;
  const minor = Number(parts[1]);
  const lengths = valuesOf(split.fields, "content-length");
  if (new Set(lengths.map(Number)).size > 1) return undefined;
  const meaning = connectionMeaning(split.fields, minor, lengths);
  if (meaning === undefined) return undefined;
  let lengthsSeen = 0;
  const once = split.fields.filter(([name]) =>
    name.toLowerCase() !== "content-length" || lengthsSeen++ === 0
  );
  return {
    status: Number(parts[3]),
    line: parts[2] ?? "",
    minor,
    end: split.end,
    contentLength: meaning.contentLength,
    isChunked: meaning.isChunked,
    keepAlive: meaning.keepAlive,
    upgrade: meaning.options.includes("upgrade")
      ? valuesOf(split.fields, "upgrade")[0]
      : undefined,
    contentType: valuesOf(split.fields, "content-type")[0],
    sent: sentOf(once, meaning.options, [
      ...HOP_BY_HOP,
      "upgrade",
      "transfer-encoding",
    ]),
  };
}

/** Reads the body of a request that begins at the start of the text; undefined when it does not end properly. */
export function oracleBody(
  text: string,
  head: Pick<OracleRequest, "isChunked" | "contentLength">,
): OracleBody | undefined {
  if (head.isChunked) return chunkedBody(text);
  const length = Math.max(head.contentLength, 0);
  if (text.length < length) return undefined;
  return { data: text.slice(0, length), trailers: [], end: length };
}

interface SplitHead {
  readonly first: string;
  readonly fields: readonly FieldText[];
  readonly end: number;
}

function splitHead(text: string, start: number): SplitHead | undefined {
  const blank = text.indexOf("\r\n\r\n", start);
  if (blank === -1 || blank + 4 > HEAD_CHARACTERS_MAX) return undefined;
  const [first = "", ...lines] = text.slice(start, blank).split("\r\n");
  const matches = lines.map((line) => FIELD_LINE.exec(line));
  if (matches.length > FIELDS_MAX) return undefined;
  const fields: FieldText[] = [];
  for (const match of matches) {
    if (match === null) return undefined;
    fields.push([match[1] ?? "", match[2] ?? ""]);
  }
  return { first, fields, end: blank + 4 };
}

function targetForm(
  method: string,
  target: string,
): { readonly path: string; readonly authority: string } | undefined {
  if (target.startsWith("/")) return { path: target, authority: "" };
  if (target === "*") {
    return method === "OPTIONS" ? { path: "*", authority: "" } : undefined;
  }
  const [, authority = "", path = ""] = ABSOLUTE.exec(target) ?? [];
  return isAuthority(authority) ? { path, authority } : undefined;
}

function connectionMeaning(
  fields: readonly FieldText[],
  minor: number,
  lengths: readonly string[],
) {
  const codings = valuesOf(fields, "transfer-encoding");
  const options = listOf(valuesOf(fields, "connection")).map((option) =>
    option.toLowerCase()
  );
  const nominated = options.filter((option) =>
    !["close", "keep-alive", "upgrade", "te"].includes(option)
  );
  const isBroken = !lengths.every((length) => /^\d{1,15}$/.test(length)) ||
    !options.every((option) => ONE_TOKEN.test(option)) ||
    nominated.length > NOMINATED_MAX ||
    codings.length > 1 || (codings.length === 1 && minor === 0) ||
    !codings.every((coding) => coding.toLowerCase() === "chunked") ||
    (codings.length > 0 && lengths.length > 0);
  if (isBroken) return undefined;
  return {
    options,
    isChunked: codings.length === 1,
    contentLength: lengths[0] === undefined ? -1 : Number(lengths[0]),
    keepAlive: !options.includes("close") &&
      (minor === 1 || options.includes("keep-alive")),
  };
}

function sentOf(
  fields: readonly FieldText[],
  options: readonly string[],
  never: readonly string[],
): FieldText[] {
  return fields.filter(([name]) => {
    const lower = name.toLowerCase();
    if (never.includes(lower)) return false;
    if (["close", "keep-alive", "upgrade", "te"].includes(lower)) return true;
    return !options.includes(lower) || isKept(lower);
  });
}

function isKept(name: string): boolean {
  return KEPT.includes(name) ||
    /^(via|forwarded|x-forwarded-.*|x-real-ip|x-opsen-gpu|opsen-caller)$/
        .test(name) && KNOWN.includes(name);
}

function isAuthority(text: string): boolean {
  const literal = LITERAL_AND_PORT.exec(text)?.[1];
  if (literal === undefined) return NAME_AND_PORT.test(text);
  return URL.canParse(`http://[${literal}]/`);
}

function valuesOf(fields: readonly FieldText[], name: string): string[] {
  return fields.filter(([other]) => other.toLowerCase() === name)
    .map(([, value]) => value);
}

function listOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(","))
    .map((item) => item.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((item) => item !== "");
}
