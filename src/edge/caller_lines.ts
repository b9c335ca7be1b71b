/**
 * What origins are told about a caller, as octets made once for each address: thousands of connections may come from
 * one. Owner: the edge; bounded by {@link CALLERS_MAX}.
 */
import { octetsOf } from "../http1/octets.ts";

/** Callers that are remembered; with more the memory begins anew. */
const CALLERS_MAX = 1_024;

/** What is told to the origin about the connection of the caller; made once for each connection. */
export class CallerLines {
  /** Via, X-Forwarded-For, X-Forwarded-Proto, and X-Forwarded-Host up to its value. */
  readonly untrusted: Uint8Array;
  /** The end of that line, and Forwarded up to its host. */
  readonly untrustedForwarded: Uint8Array;
  /** One element of Forwarded up to its host. */
  readonly forwarded: Uint8Array;
  /** The caller's address. */
  readonly ip: Uint8Array;
  /** `http` or `https`. */
  readonly scheme: Uint8Array;

  /** Lines about a peer and the scheme it speaks. */
  constructor(ip: string, scheme: "http" | "https") {
    const node = ip.includes(":") ? `"[${ip}]"` : ip;
    this.ip = octetsOf(ip);
    this.scheme = octetsOf(scheme);
    const element = `for=${node};proto=${scheme};host="`;
    this.forwarded = octetsOf(element);
    this.untrustedForwarded = octetsOf(`\r\nForwarded: ${element}`);
    this.untrusted = octetsOf(
      `Via: 1.1 opsen\r\nX-Forwarded-For: ${ip}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Host: `,
    );
  }
}

/** The lines of the callers that came lately. */
export class KnownCallers {
  readonly #lines = new Map<string, CallerLines>();

  /** The lines about a peer and the scheme it speaks. */
  get(ip: string, scheme: "http" | "https"): CallerLines {
    const key = `${scheme} ${ip}`;
    let lines = this.#lines.get(key);
    if (lines === undefined) {
      lines = new CallerLines(ip, scheme);
      if (this.#lines.size >= CALLERS_MAX) this.#lines.clear();
      this.#lines.set(key, lines);
    }
    return lines;
  }
}
