/** Paths with parameters, `/_opsen/leases/:id`: a segment that begins with a colon stands for any one that is not empty. */

/** The path as it was sent and routed: `URL` would fold "/x/../health" into "/health". */
export function pathOf(url: string): string {
  return /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
}

/** The parameters of a path, decoded; undefined when the path is none of the pattern's. */
export function parametersOf(
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const found = path.split("/");
  if (wanted.length !== found.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = found[index] ?? "";
    if (segment.startsWith(":") && value !== "") {
      parameters[segment.slice(1)] = decoded(value);
    } else if (segment !== value) return undefined;
  }
  return parameters;
}

/** A segment that is no percent-encoding stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return segment;
  }
}
