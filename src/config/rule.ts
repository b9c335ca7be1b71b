/** Rules between keys: each value is fine, together they make no sense. */
import type { Findings } from "./findings.ts";
import type { Notice } from "./notice.ts";

/** Looks at a whole configuration; `isSet` tells whether somebody gave a value for a path. */
export type Rule<Config> = (
  config: Config,
  isSet: (path: string) => boolean,
) => readonly Objection[];

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
  };

/** Applies the rules: problems go to the findings, warnings come back. */
export function applyRules<Config>(
  rules: readonly Rule<Config>[],
  config: Config,
  findings: Findings,
): Notice[] {
  const isSet = (path: string) => findings.spotOf(path) !== undefined;
  const objections = rules.flatMap((rule) => rule(config, isSet))
    .filter(({ path, because }) =>
      ![path, ...because].some((path) => findings.isFaulty(path))
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
    }
  }
  return notices;
}
