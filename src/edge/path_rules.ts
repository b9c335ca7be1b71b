/**
 * Which requests are for this server, which for the backends, and which of a backend's URLs takes a path. Paths are
 * taken as they were sent: nothing is decoded or normalised, so that no two readers of a path can differ. Owns the
 * prefixes it was made of; the configuration bounds their number.
 */
import type { Registration } from "../engine/backend.ts";
import { isText, QUESTION, SLASH } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";

/** Management paths are for this server for ever; of the others, those under a configured prefix are proxied. */
export type PathClass = "management" | "proxied" | "neither";

/**
 * Classifies bytes[start, end), a path with or without its query. What doesn't begin with a slash (`*`, an authority)
 * is no path, hence neither.
 */
export type ClassifyPath = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => PathClass;

/**
 * Classifies paths under the prefixes of `proxy_endpoints`. A prefix ends anywhere in a segment, as in the Go server:
 * `/api` takes `/api`, `/api/x` and `/apix`. Stars at its end add nothing: `/api/*` is `/api/`, and `/`, `/*` and `*`
 * take all paths. Under a longer prefix a path with dot segments (`/api/../admin`) is under none: a backend that folds
 * it would answer for a path that is not proxied.
 */
export function classifyPath(prefixes: readonly string[]): ClassifyPath {
  const proxied = shortestOf(prefixes.map(withoutStar)).map(bytesOf);
  const exact = MANAGEMENT_PATHS.map(bytesOf);
  const folder = bytesOf(MANAGEMENT_FOLDER);

  return (bytes, start, end) => {
    if (isManagement(bytes, start, end)) return "management";
    for (const prefix of proxied) {
      if (startsWith(bytes, start, end, prefix)) {
        return prefix.length > 1 && climbs(bytes, start, end)
          ? "neither"
          : "proxied";
      }
    }
    return "neither";
  };

  function isManagement(bytes: Uint8Array, start: number, end: number) {
    for (const path of exact) {
      if (isPathEnd(bytes, start + path.length, end)) {
        if (startsWith(bytes, start, end, path)) return true;
      }
    }
    if (!startsWith(bytes, start, end, folder)) return false;
    const after = start + folder.length;
    return isPathEnd(bytes, after, end) || bytes[after] === SLASH;
  }
}

/** Whether a request is for the API, which also answers for paths that nobody has. A target without a path means `/`. */
export function isForApi(
  classify: ClassifyPath,
  bytes: Uint8Array,
  { pathStart, targetEnd }: RequestHead,
): boolean {
  const hasPath = pathStart < targetEnd && bytes[pathStart] !== QUESTION;
  return hasPath
    ? classify(bytes, pathStart, targetEnd) !== "proxied"
    : classify(ROOT, 0, ROOT.length) !== "proxied";
}

/** {@link classifyPath} for text of one character per byte (Latin-1): whether a path is proxied. */
export function proxiedPaths(
  prefixes: readonly string[],
): (path: string) => boolean {
  const classify = classifyPath(prefixes);
  return (path) => {
    const bytes = Uint8Array.from(path, (char) => char.charCodeAt(0));
    return classify(bytes, 0, bytes.length) === "proxied";
  };
}

/**
 * The backend's URL for a path: of the endpoint that names it exactly, else of the one with the longest prefix (a path
 * that ends in a star; `*` is the shortest), else the one that callers are sent to. The first registered wins a tie.
 *
 * @param path The path, with or without its query.
 */
export function endpointFor(registration: Registration, path: string): string {
  const { endpoints, endpoint } = registration;
  if (endpoints.length === 0) return endpoint;
  const query = path.indexOf("?");
  const asked = query === -1 ? path : path.slice(0, query);
  let longest = -1;
  let found = endpoint;
  for (const { url, paths } of endpoints) {
    for (const rule of paths) {
      if (rule === asked) return url;
      const length = rule.length - 1;
      if (
        length > longest && rule.endsWith("*") &&
        asked.startsWith(rule.slice(0, length))
      ) {
        longest = length;
        found = url;
      }
    }
  }
  return found;
}

/** The paths of the Go server's API. */
const MANAGEMENT_PATHS: readonly string[] = [
  "/register",
  "/stats",
  "/route",
  "/health",
  "/clients",
  "/clients/purge",
  "/clients/purge-pending",
];

/** All that is newer lives under it. */
const MANAGEMENT_FOLDER = "/_opsen";

const ROOT = Uint8Array.of(SLASH);

function withoutStar(prefix: string): string {
  return prefix === "*" ? "/" : prefix.replace(/\*+$/, "");
}

/** Without those that a shorter one covers. */
function shortestOf(prefixes: readonly string[]): readonly string[] {
  return prefixes.filter((prefix, index) =>
    !prefixes.some((other, at) =>
      prefix.startsWith(other) &&
      (other.length < prefix.length || at < index)
    )
  );
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function startsWith(
  bytes: Uint8Array,
  start: number,
  end: number,
  prefix: Uint8Array,
): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[start + i] !== prefix[i]) return false;
  }
  return true;
}

function isPathEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return at === end || (at < end && bytes[at] === QUESTION);
}

const DOT = 0x2e;

/** Whether a segment of the path is `.` or `..`, with dots as they are or as `%2e`. */
function climbs(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== QUESTION) {
    let dots = 0;
    let next = at + 1;
    for (let dot = afterDot(bytes, next, end); dot > next;) {
      dots++;
      next = dot;
      dot = afterDot(bytes, next, end);
    }
    const isWhole = isPathEnd(bytes, next, end) || bytes[next] === SLASH;
    if (isWhole && (dots === 1 || dots === 2)) return true;
    at = next;
    while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
  }
  return false;
}

/** The position after a dot at `at`, or `at` when there is none. */
function afterDot(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === DOT) return at + 1;
  return isText(bytes, at, Math.min(end, at + 3), "%2e") ? at + 3 : at;
}
