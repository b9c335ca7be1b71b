/** What `opsen route` asks for, from its flags: the tier, where the caller is, and headers to send along. */
import { isIP } from "node:net";

/** The flags. */
export interface RouteFlags {
  readonly tier: string;
  readonly from?: string;
  readonly header: readonly string[];
}

/** The ask as it is sent. */
export interface RouteAsk {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The ask; an error in words when it can't be meant. */
export function routeAskOf(flags: RouteFlags): RouteAsk | string {
  const caller = callerOf(flags.from);
  if (typeof caller === "string") return caller;
  const headers = headersOf(flags.header);
  if (typeof headers === "string") return headers;
  return { body: { tier: flags.tier, ...caller }, headers };
}

function callerOf(from: string | undefined): Record<string, unknown> | string {
  if (from === undefined) return {};
  if (isIP(from) !== 0) return { client_ip: from };
  const [latitude = NaN, longitude = NaN, ...more] = from.split(",").map((
    part,
  ) => part.trim() === "" ? NaN : Number(part));
  const isPlace = more.length === 0 && Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180;
  return isPlace
    ? { client_lat: latitude, client_lon: longitude }
    : `--from: found "${from}", wanted an address or latitude,longitude such as 48.86,2.35`;
}

function headersOf(lines: readonly string[]): Record<string, string> | string {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      return `--header: found "${line}", wanted "Name: value"`;
    }
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}
