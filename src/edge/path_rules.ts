/**
 * Which requests are for this server, which for the backends, and which of a backend's URLs takes a path. Paths go on as
 * they were sent. One that another reader could take to lead elsewhere is folded to see where, and refused when that is
 * a matter of who answers. Owns the prefixes it was made of; the configuration bounds their number.
 */
import type { Registration } from "../engine/backend.ts";
import { QUESTION, SLASH } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { foldPath, isPlain } from "./folded_path.ts";

/**
 * Management paths are for this server for ever; of the others, those under a configured prefix are proxied. An
 * ambiguous one would be of another class to another reader, or is not proxied and not in its folded form: the API sees
 * no such path.
 */
export type PathClass = "management" | "proxied" | "neither" | "ambiguous";

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
 * take all paths. Under a longer prefix a path with dot segments (`/api/../admin`) is ambiguous even where it leads back
 * there, because readers differ in what a segment is.
 */
export function classifyPath(prefixes: readonly string[]): ClassifyPath {
  const texts = shortestOf(prefixes.map(withoutStar));
  const proxied = texts.map(bytesOf);
  const proxiedFolded = proxied.map((prefix) =>
    foldPath(prefix, 0, prefix.length).bytes
  );
  const takesAll = texts.includes("/");

  return (bytes, start, end) => {
    const sent = literalClass(bytes, start, end, proxied);
    if (isPlain(bytes, start, end)) return sent;
    const { bytes: folded, hasDots } = foldPath(bytes, start, end);
    if (isPathEnd(bytes, start + folded.length, end)) {
      if (startsWith(bytes, start, end, folded)) return sent;
    }
    const read = literalClass(folded, 0, folded.length, proxiedFolded);
    const isSafe = sent === "proxied" && read === "proxied" &&
      (takesAll || !hasDots);
    return isSafe ? "proxied" : "ambiguous";
  };
}

/**
 * The class of a request's target; one without a path means `/`.
 *
 * @param head A head that lies in the bytes.
 */
export function targetClass(
  classify: ClassifyPath,
  bytes: Uint8Array,
  { pathStart, targetEnd }: RequestHead,
): PathClass {
  const hasPath = pathStart < targetEnd && bytes[pathStart] !== QUESTION;
  return hasPath
    ? classify(bytes, pathStart, targetEnd)
    : classify(ROOT, 0, ROOT.length);
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

const EXACT = MANAGEMENT_PATHS.map(bytesOf);
const FOLDER = bytesOf(MANAGEMENT_FOLDER);

/** The class of a path that is taken literally. */
function literalClass(
  bytes: Uint8Array,
  start: number,
  end: number,
  proxied: readonly Uint8Array[],
): PathClass {
  if (isManagement(bytes, start, end)) return "management";
  for (const prefix of proxied) {
    if (startsWith(bytes, start, end, prefix)) return "proxied";
  }
  return "neither";
}

function isManagement(bytes: Uint8Array, start: number, end: number): boolean {
  for (const path of EXACT) {
    if (isPathEnd(bytes, start + path.length, end)) {
      if (startsWith(bytes, start, end, path)) return true;
    }
  }
  if (!startsWith(bytes, start, end, FOLDER)) return false;
  const after = start + FOLDER.length;
  return isPathEnd(bytes, after, end) || bytes[after] === SLASH;
}

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
