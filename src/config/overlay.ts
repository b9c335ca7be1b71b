/** The document of `config_url` above the local file: key by key at the top, so a group of one replaces that of the other. */
import type { GivenEntry, GivenGroup } from "./given.ts";
import type { Problem } from "./problem.ts";

/** The keys of two documents laid over one another. */
export interface Layered {
  /** What holds; undefined when neither document has keys. */
  readonly group: GivenGroup | undefined;
  /** Keys of the lower document that the upper one has too: they are checked, but don't hold. */
  readonly covered: GivenGroup | undefined;
  /** Keys that only the lower document may set. */
  readonly problems: readonly Problem[];
}

/**
 * Keys that only this machine may set: where the document comes from, and what decides which machine this is. Whoever
 * serves the document could otherwise move the server or its data elsewhere.
 */
const LOCAL_KEY = /^(config_url(_.*)?|database|host|port|admin_listen)$/;

/** Lays the keys of `upper` over those of `lower`; a key without a value says nothing. */
export function layered(
  lower: GivenGroup | undefined,
  upper: GivenGroup | undefined,
): Layered {
  if (upper === undefined) {
    return { group: lower, covered: undefined, problems: [] };
  }
  const said = [...upper.entries].filter(([, { value }]) =>
    value.kind !== "nothing"
  );
  const local = said.filter(([name]) => LOCAL_KEY.test(name));
  const above = new Map(said.filter(([name]) => !LOCAL_KEY.test(name)));
  const below = [...lower?.entries ?? []];
  return {
    group: { ...upper, entries: new Map([...below, ...above]) },
    covered: lower === undefined ? undefined : {
      ...lower,
      entries: new Map(below.filter(([name]) => above.has(name))),
    },
    problems: local.map(localProblem),
  };
}

/** The URL as messages show it: its server alone, because name, password, path and query may hold a secret. */
export function overlayName(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "config_url";
  return parsed.pathname === "/" ? parsed.origin : `${parsed.origin}/...`;
}

function localProblem([name, { spot }]: [string, GivenEntry]): Problem {
  const found = "a key that this document can't set";
  const wanted = "it in the local file, a flag or a variable";
  return { spot, path: name, found, wanted };
}
