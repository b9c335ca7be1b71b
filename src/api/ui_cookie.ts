/**
 * The cookie of a dashboard's session: where it counts, and for which requests. It is sent by itself, so what changes
 * something has to come from the dashboard's own origin (Fetch Metadata, `Sec-Fetch-Site`).
 */
import { isFromOwnHost } from "./cross_site.ts";
import type { ApiFields, ApiRequest } from "./endpoint.ts";
import { pathOf } from "./path_pattern.ts";
import { SESSION_LIFE_MS, type UiSessions } from "./ui_sessions.ts";

/** Name of the cookie. */
export const SESSION_COOKIE = "opsen_session";

/** The only paths to which browsers send it, and where it counts. */
const COOKIE_PATH = "/_opsen";

/** The key of the session that a request shows in its cookie; undefined when there is none that counts. */
export function cookieKey(
  sessions: UiSessions,
  request: Pick<ApiRequest, "method" | "url" | "headers">,
  now: number,
): string | undefined {
  const { method, url, headers } = request;
  if (!pathOf(url).startsWith(`${COOKIE_PATH}/`)) return undefined;
  const id = sessionIdOf(headers);
  if (id === undefined) return undefined;
  const isReading = method === "GET" || method === "HEAD";
  if (!(isReading ? isOwnReading(headers) : isOwnChange(headers))) {
    return undefined;
  }
  return sessions.keyOf(id, headers.get("host") ?? "", now);
}

/** The id in the cookie. Of several cookies of the name the first counts: that of the longest path (RFC 6265, 5.4). */
export function sessionIdOf(headers: ApiFields): string | undefined {
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const [name = "", value = ""] = pair.trim().split("=");
    if (name === SESSION_COOKIE && value !== "") return value;
  }
  return undefined;
}

/** Whether a change is known to come from a page of this origin. */
export function isOwnChange(headers: ApiFields): boolean {
  const site = headers.get("sec-fetch-site");
  return site === null ? isFromOwnHost(headers) : site === "same-origin";
}

/** Whether nothing says that another origin's page makes the request. */
export function isNotForeign(headers: ApiFields): boolean {
  const hasNoWord = headers.get("sec-fetch-site") === null &&
    headers.get("origin") === null;
  return hasNoWord || isOwnChange(headers);
}

/** The `Set-Cookie` of a session that begins; without an id, of one that ends. */
export function sessionCookie(id: string, headers: ApiFields): string {
  const maxAge = id === "" ? 0 : SESSION_LIFE_MS / 1000;
  const secure = isOverTls(headers) ? "; Secure" : "";
  return `${SESSION_COOKIE}=${id}; Path=${COOKIE_PATH}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}

/** `none` is an address that somebody typed; a client that sends nothing is no browser of today. */
function isOwnReading(headers: ApiFields): boolean {
  const site = headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

/** What the front door says of the caller's connection, or a trusted proxy of its own caller's. */
function isOverTls(headers: ApiFields): boolean {
  const [first = ""] = (headers.get("x-forwarded-proto") ?? "").split(",");
  return first.trim().toLowerCase() === "https";
}
