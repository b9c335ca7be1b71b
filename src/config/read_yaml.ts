/** Turns the text of a YAML file into what was given, with a line and column for everything. */
import { LineCounter, parseDocument } from "yaml";
import type { FileSpot, Given, GivenGroup } from "./given.ts";
import type { Problem } from "./problem.ts";
import { syntaxProblem } from "./yaml_syntax.ts";
import { YamlTree } from "./yaml_tree.ts";

/** What a YAML file holds. */
export interface YamlContent {
  /** The keys at its top; undefined when its syntax makes no sense or it holds no keys. */
  readonly group: GivenGroup | undefined;
  readonly problems: readonly Problem[];
}

/** Reads the text of the file called `file`. An empty one holds no keys. */
export function readYaml(file: string, text: string): YamlContent {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: false,
  });
  const spotAt = (offset: number): FileSpot => {
    const { line, col } = lines.linePos(offset);
    return { kind: "file", file, line: Math.max(line, 1), column: col };
  };
  const faults = [...document.errors, ...document.warnings]
    .flatMap((fault) => syntaxProblem(fault, spotAt));
  if (faults.length > 0) {
    return { group: undefined, problems: firstOfEachLine(faults) };
  }

  const start = spotAt(0);
  const tree = new YamlTree(spotAt);
  const root = tree.read(document.contents, start, 0);
  const group = topGroup(root);
  if (group === undefined) {
    tree.refuse(
      start,
      topFound(root),
      'keys with values such as "port: 8080"',
    );
  }
  return { group, problems: tree.problems };
}

/** One slip makes the parser stumble several times over the same line. */
function firstOfEachLine(problems: readonly Problem[]): Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ spot }) => {
    const line = spot?.kind === "file" ? spot.line : 0;
    return !seen.has(line) && seen.add(line);
  });
}

function topGroup(root: Given): GivenGroup | undefined {
  if (root.kind === "group") return root;
  return root.kind === "nothing"
    ? { kind: "group", entries: new Map(), spot: root.spot }
    : undefined;
}

/** A file that holds no keys is a wrong file, perhaps a key file: nothing of it is shown. */
function topFound(root: Given): string {
  return root.kind === "list" ? "a list" : "a text or number alone";
}
