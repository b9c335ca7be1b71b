/** Where a backend can be reached: one URL, or several by path, or the documented default. */
import * as z from "zod";
import type { EndpointRule } from "../engine/backend.ts";
import { ENDPOINTS_MAX, PATHS_MAX, URL_CHARS_MAX } from "./bounds.ts";
import { isPlain, list, otherwise } from "./fields.ts";

/** The port of a backend that names no endpoint (README of the Go program). */
export const DEFAULT_PORT = 11000;

const NOT_AN_ENDPOINT = "must be an http or https URL without credentials";

/** An http or https URL without credentials. */
export const endpointUrl = z.string().max(URL_CHARS_MAX).refine(isEndpoint, {
  error: NOT_AN_ENDPOINT,
});

/** An optional URL; absent and null mean empty. */
export const optionalEndpointUrl = otherwise(
  z.string().max(URL_CHARS_MAX).refine((url) => url === "" || isEndpoint(url), {
    error: NOT_AN_ENDPOINT,
  }),
  "",
);

/** Several ports of one backend, by path. */
export const endpointRules = list(
  z.object({
    /** http or https, without credentials. */
    url: endpointUrl,
    /** Exact paths, prefixes that end in `*`, or `*` for all; a path of no rule goes where callers are sent. */
    paths: list(path(), PATHS_MAX),
  }),
  ENDPOINTS_MAX,
);

/** What decides where callers are sent. */
export interface EndpointSources {
  readonly endpointUrl: string;
  readonly endpoints: readonly EndpointRule[];
  readonly localIp: string;
  readonly publicIp: string;
}

/**
 * The URL that callers are sent to: the one given, else the one for all paths among several, else the first of them,
 * else port {@link DEFAULT_PORT} of the local address, else of the public one. Undefined when nothing is known.
 */
export function endpointOf(sources: EndpointSources): string | undefined {
  if (sources.endpointUrl !== "") return sources.endpointUrl;
  const rule = sources.endpoints.find(({ paths }) => paths.some(isForAll)) ??
    sources.endpoints[0];
  if (rule !== undefined) return rule.url;
  const ip = sources.localIp === "" ? sources.publicIp : sources.localIp;
  if (ip === "") return undefined;
  return `http://${ip.includes(":") ? `[${ip}]` : ip}:${DEFAULT_PORT}`;
}

function path() {
  return z.string().max(URL_CHARS_MAX).refine(
    (path) => isPlain(path) && (path.startsWith("/") || path === "*"),
    { error: 'must be a path that starts with "/", or "*"' },
  );
}

function isForAll(path: string): boolean {
  return path === "*" || path === "/*" || path === "/";
}

/**
 * `URL.parse` repairs what it reads (spaces, tabs, backslashes, a missing "//"), and other programs repair
 * differently; a URL that two of them could read as two hosts is refused.
 */
function isEndpoint(value: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(value) || /[\s\\]/.test(value)) return false;
  if (!isPlain(value)) return false;
  const url = URL.parse(value);
  return url !== null && url.username === "" && url.password === "";
}
