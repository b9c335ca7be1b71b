/**
 * A request of HTTP/2 as the bytes of HTTP/1.1 that the machines read (RFC 9113, section 8). Pure. What could be read as
 * more than one request, or as another one, is refused: a name that is no token, a value with a line end in it, framing
 * of the other protocol. Bounded by the header list that a session takes.
 */
import {
  LOWER,
  octetsOf,
  ROLES,
  TARGET,
  TOKEN,
  VALUE,
} from "../../../http1/octets.ts";

/** How the machine learns where the body ends. */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/** A request's head; `isHead` when the response has no body. */
export interface RequestStart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly framing: BodyFraming;
  readonly isHead: boolean;
}

/**
 * The head of the request with these fields, names and values in turn; `endsHere` when no body follows. Undefined when
 * it is malformed (RFC 9113, section 8.1.1).
 */
export function requestStart(
  fields: readonly string[],
  endsHere: boolean,
): RequestStart | undefined {
  const pseudo = new Map<string, string>();
  const lines: string[] = [];
  const cookies: string[] = [];
  let host: string | undefined;
  let length: number | undefined;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    if (!isMade(value, VALUE)) return undefined;
    if (name.startsWith(":")) {
      const isFirst = !pseudo.has(name) && lines.length + cookies.length === 0;
      if (!isFirst || host !== undefined || !PSEUDO.has(name)) return undefined;
      pseudo.set(name, value);
      continue;
    }
    if (!isFieldName(name) || isOfConnection(name, value)) return undefined;
    if (name === "cookie") cookies.push(value);
    else if (name === "host" && host === undefined) host = value;
    else lines.push(`${name}: ${value}`);
    if (name === "content-length") length = lengthOf(value);
  }
  const authority = pseudo.get(":authority") ?? host;
  if (host !== undefined && host !== authority) return undefined;
  const line = requestLine(pseudo);
  if (line === undefined) return undefined;
  if (endsHere && length !== undefined && length > 0) return undefined;
  const framing = framingOf(length, endsHere);
  if (authority !== undefined) lines.unshift(`host: ${authority}`);
  // Several are one list in HTTP/2 only (RFC 9113, section 8.2.3).
  if (cookies.length > 0) lines.push(`cookie: ${cookies.join("; ")}`);
  if (framing.kind === "chunked") lines.push("transfer-encoding: chunked");
  const text = [line, ...lines, "connection: close", "\r\n"].join("\r\n");
  const isHead = pseudo.get(":method") === "HEAD";
  return { bytes: octetsOf(text), framing, isHead };
}

/** Octets of a body as one chunk. */
export function chunkOf(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = octetsOf(`${octets.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(size.length + octets.length + CRLF.length);
  chunk.set(size);
  chunk.set(octets, size.length);
  chunk.set(CRLF, size.length + octets.length);
  return chunk;
}

/** The end of a chunked body with these trailer fields; undefined when they are malformed. */
export function lastChunk(
  fields: readonly string[],
): Uint8Array<ArrayBuffer> | undefined {
  const lines = ["0"];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    const isFine = isFieldName(name) && isMade(value, VALUE) &&
      !isOfConnection(name, value);
    if (!isFine) return undefined;
    lines.push(`${name}: ${value}`);
  }
  return octetsOf([...lines, "\r\n"].join("\r\n"));
}

/** `:protocol` (extended CONNECT) is not among them: it was not offered. */
const PSEUDO: ReadonlySet<string> = new Set([
  ":method",
  ":scheme",
  ":authority",
  ":path",
]);

/** Fields that mean a connection of HTTP/1.1 (RFC 9113, section 8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const SCHEME = /^https?$/i;
const LENGTH = /^[0-9]{1,15}$/;
const CRLF = octetsOf("\r\n");

function requestLine(pseudo: ReadonlyMap<string, string>): string | undefined {
  const method = pseudo.get(":method") ?? "";
  const target = pseudo.get(":path") ?? "";
  // CONNECT has no path, and nothing here that could serve it.
  const isFine = isMade(method, TOKEN) && isMade(target, TARGET) &&
    (target.startsWith("/") || (target === "*" && method === "OPTIONS")) &&
    SCHEME.test(pseudo.get(":scheme") ?? "") &&
    method.toUpperCase() !== "CONNECT";
  return isFine ? `${method} ${target} HTTP/1.1` : undefined;
}

function framingOf(length: number | undefined, endsHere: boolean): BodyFraming {
  if (endsHere) return { kind: "none" };
  return length === undefined
    ? { kind: "chunked" }
    : { kind: "length", bytes: length };
}

/** A length that is none is left to the machine, which refuses the request for it. */
function lengthOf(value: string): number {
  return LENGTH.test(value) ? Number(value) : 0;
}

function isOfConnection(name: string, value: string): boolean {
  return OF_CONNECTION.has(name) || (name === "te" && value !== "trailers");
}

/** A token in lower case (RFC 9113, section 8.2.1). */
function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const octet = name.charCodeAt(at);
    if (LOWER[octet] !== octet) return false;
  }
  return name.length > 0 && isMade(name, TOKEN);
}

/** Whether the text is octets of that role only. */
function isMade(text: string, role: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (((ROLES[text.charCodeAt(at)] ?? 0) & role) === 0) return false;
  }
  return text.length > 0 || role === VALUE;
}
