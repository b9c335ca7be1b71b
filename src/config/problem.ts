/** What is wrong with a configuration, one line each, the same grammar for every source. */
import type { Spot } from "./given.ts";

/** One thing that is wrong. */
export interface Problem {
  /** Where; undefined for what belongs to no line, such as a file that can't be read. */
  readonly spot: Spot | undefined;
  /** The key's path, such as `tiers[1].memory_gb`; empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
}

/** Most problems that are shown; a file with more is the wrong file. */
const PROBLEMS_MAX = 100;

/** The problems a line each: those of a file in its order, one file after the other, then all others. */
export function problemLines(problems: readonly Problem[]): string[] {
  const files = new Set(problems.map(fileOf));
  files.delete(undefined);
  const lines = [...files, undefined]
    .flatMap((file) =>
      problems.filter((problem) => fileOf(problem) === file)
        .toSorted(byPlace)
    )
    .slice(0, PROBLEMS_MAX).map(problemLine);
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

function fileOf({ spot }: Problem): string | undefined {
  return spot?.kind === "file" ? spot.file : undefined;
}

function byPlace({ spot: a }: Problem, { spot: b }: Problem): number {
  if (a?.kind !== "file" || b?.kind !== "file") return 0;
  return a.line - b.line || a.column - b.column;
}

/** `file:line:column key: found …, wanted …`; a flag or a variable takes the place of all that. */
export function problemLine({ spot, path, found, wanted }: Problem): string {
  return `${placeText(spot, path)}: found ${found}, wanted ${wanted}`;
}

function placeText(spot: Spot | undefined, path: string): string {
  if (spot === undefined) return path;
  return spot.kind === "file" && path !== ""
    ? `${spotText(spot)} ${path}`
    : spotText(spot);
}

/** The place as people look for it. */
export function spotText(spot: Spot): string {
  switch (spot.kind) {
    case "file":
      return `${spot.file}:${spot.line}:${spot.column}`;
    case "flag":
    case "environment":
      return spot.name;
  }
}
