/**
 * Syntax errors of YAML in the grammar of all other problems. The parser's own messages are not used: some of them
 * repeat the text of the file, which may be a key.
 */
import type { ErrorCode, YAMLError } from "yaml";
import type { FileSpot } from "./given.ts";
import type { Problem } from "./problem.ts";

/** What was found and wanted, by the parser's code. */
const MESSAGES: Readonly<
  Partial<Record<ErrorCode, readonly [string, string]>>
> = {
  ALIAS_PROPS: ["an alias with an anchor or a tag", "an alias alone"],
  BAD_ALIAS: [
    'an empty or unclear name after "&" or "*"',
    "quotes around the value",
  ],
  BAD_DQ_ESCAPE: [
    "an unknown escape in double quotes",
    'single quotes, or "\\\\" for a backslash',
  ],
  BAD_INDENT: [
    "a line that is not indented like its neighbours, or a bracket that is not closed",
    "the same indentation for all keys of a group",
  ],
  BAD_SCALAR_START: [
    "a value that starts with a reserved character",
    "quotes around it",
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    "a key inside a value on one line",
    'one key per line, or quotes around a value that contains ": "',
  ],
  MISSING_CHAR: [
    "a place where a character is missing",
    "a closed quote or bracket, or a colon and a space after a key",
  ],
  MULTILINE_IMPLICIT_KEY: [
    "a key that runs over several lines",
    "a colon and a space after the key",
  ],
  MULTIPLE_DOCS: ['a second document after "---"', "one document"],
  RESOURCE_EXHAUSTION: ["nesting without end", "the levels that a key has"],
  TAB_AS_INDENT: ["a tab in the indentation", "spaces"],
  TAG_RESOLVE_FAILED: [
    "a tag that means nothing here",
    'quotes around a value that starts with "!"',
  ],
  UNEXPECTED_TOKEN: ["a character that can't stand here", "well-formed YAML"],
};

/** The problem that a parser's error or warning is; none for a warning that changes nothing. */
export function syntaxProblem(
  fault: YAMLError,
  spotAt: (offset: number) => FileSpot,
): Problem[] {
  if (fault.name === "YAMLWarning" && fault.code !== "TAG_RESOLVE_FAILED") {
    return [];
  }
  const [found, wanted] = MESSAGES[fault.code] ??
    ["a syntax error", "well-formed YAML"];
  return [{ spot: spotAt(fault.pos[0]), path: "", found, wanted }];
}
