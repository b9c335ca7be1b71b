/** Rules between keys: each value is fine, together they make no sense. */
import type { Findings } from "./findings.ts";
import type { Notice } from "./notice.ts";
import { spotText } from "./problem.ts";

/** Looks at a whole configuration; `isSet` tells whether somebody gave a value for a path. */
export type Rule<Config> = (
  config: Config,
  isSet: (path: string) => boolean,
) => readonly Objection[];

/** Against one value; `because` as in {@link Objection}. */
export function problem(
  path: string,
  found: string,
  wanted: string,
  because: readonly string[],
): Objection {
  return { kind: "problem", path, because, found, wanted };
}

/** What a rule has against a configuration. */
export type Objection =
  /** It can't be used. */
  | {
    readonly kind: "problem";
    /** The path that is pointed at. */
    readonly path: string;
    /** Further paths it depends on: when one of them is wrong, nothing follows from it. */
    readonly because: readonly string[];
    readonly found: string;
    readonly wanted: string;
  }
  /** It can be used, but probably not as somebody thinks. */
  | {
    readonly kind: "warning";
    readonly path: string;
    readonly because: readonly string[];
    readonly message: string;
  }
  /** Somebody set keys that nothing reads while another one is as it is. */
  | {
    readonly kind: "unread";
    /** The keys, all of them set; none is no objection. */
    readonly paths: readonly string[];
    readonly because: readonly string[];
    /** What keeps them from being read, as the end of "because …". */
    readonly reason: string;
  };

/** Applies the rules: problems go to the findings, warnings come back. */
export function applyRules<Config>(
  rules: readonly Rule<Config>[],
  config: Config,
  findings: Findings,
): Notice[] {
  const isSet = (path: string) => findings.spotOf(path) !== undefined;
  const objections = rules.flatMap((rule) => rule(config, isSet))
    .filter((objection) =>
      ![...pathsOf(objection), ...objection.because]
        .some((path) => findings.isFaulty(path))
    );
  const notices: Notice[] = [];
  for (const objection of objections) {
    switch (objection.kind) {
      case "problem": {
        const { path, found, wanted } = objection;
        findings.refuse({ spot: findings.spotOf(path), path, found, wanted });
        break;
      }
      case "warning": {
        const { path, message } = objection;
        notices.push({ level: "warn", key: path, message });
        break;
      }
      case "unread":
        if (objection.paths.length > 0) {
          notices.push(unreadNotice(objection, findings));
        }
        break;
    }
  }
  return notices;
}

function pathsOf(objection: Objection): readonly string[] {
  return objection.kind === "unread" ? objection.paths : [objection.path];
}

/** One line for all keys of one reason, each with its place. */
function unreadNotice(
  { paths, reason }: Objection & { kind: "unread" },
  findings: Findings,
): Notice {
  const places = paths.map((path) => {
    const spot = findings.spotOf(path);
    return spot === undefined ? path : `${path} (${spotText(spot)})`;
  });
  const message = `Without effect, because ${reason}: ${places.join(", ")}`;
  return { level: "warn", key: paths.join(", "), message };
}
