/**
 * Turns the text of a YAML file into what was given, with a line and column for everything. Aliases share one node,
 * so a file whose aliases multiply costs no more than its length.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { FileSpot, Given, GivenEntry, GivenGroup } from "./given.ts";
import { quoted } from "./given.ts";
import type { Problem } from "./problem.ts";
import { syntaxProblem } from "./yaml_syntax.ts";

/** Deepest nesting that is looked at; the deepest key is four levels down. */
const DEPTH_MAX = 32;

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
  const reader = new TreeReader(spotAt);
  const root = reader.read(document.contents, start, 0);
  const group = topGroup(root);
  if (group === undefined) {
    reader.refuse(
      start,
      topFound(root),
      'keys with values such as "port: 8080"',
    );
  }
  return { group, problems: reader.problems };
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

/** Walks one document; the anchors seen so far are what an alias can mean. */
class TreeReader {
  readonly problems: Problem[] = [];
  readonly #spotAt: (offset: number) => FileSpot;
  readonly #anchors = new Map<string, Given>();

  constructor(spotAt: (offset: number) => FileSpot) {
    this.#spotAt = spotAt;
  }

  /** `near` is the place of a value that is not there. */
  read(node: unknown, near: FileSpot, depth: number): Given {
    if (isAlias(node)) return this.#alias(node, near);
    const spot = this.#spotOf(node, near);
    const given = this.#plain(node, spot, depth);
    const anchor = anchorOf(node);
    if (anchor !== undefined) {
      if (given.kind === "nothing") {
        this.refuse(
          spot,
          "an anchor without a value",
          'quotes around a value that starts with "&"',
        );
      }
      this.#anchors.set(anchor, given);
    }
    return given;
  }

  refuse(spot: FileSpot, found: string, wanted: string): void {
    this.problems.push({ spot, path: "", found, wanted });
  }

  #plain(node: unknown, spot: FileSpot, depth: number): Given {
    if (depth > DEPTH_MAX) {
      this.refuse(
        spot,
        `more than ${DEPTH_MAX} levels of nesting`,
        "the levels that a key has",
      );
      return { kind: "nothing", spot };
    }
    if (isMap(node)) return this.#group(node, spot, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, spot, depth + 1));
      return { kind: "list", items, spot };
    }
    return isScalar(node)
      ? scalar(node.value, node.source, spot)
      : { kind: "nothing", spot };
  }

  #group(map: YAMLMap, spot: FileSpot, depth: number): GivenGroup {
    const entries = new Map<string, GivenEntry>();
    const merged: Given[] = [];
    for (const pair of map.items) {
      const keySpot = this.#spotOf(pair.key, spot);
      const value = this.read(pair.value, keySpot, depth + 1);
      const name = nameOf(pair);
      if (name === undefined) {
        this.refuse(keySpot, "a key that is not a text", "the name of a key");
      } else if (isMerge(pair)) {
        merged.push(value);
      } else if (entries.has(name)) {
        this.refuse(keySpot, `${quoted(name)} a second time`, "each key once");
      } else {
        entries.set(name, { value, spot: keySpot });
      }
    }
    for (const source of merged) {
      if (!this.#merge(source, entries)) {
        this.refuse(spot, 'a "<<" without keys to add', "an alias of a group");
      }
    }
    return { kind: "group", entries, spot };
  }

  /** `<<` adds the keys of a group, or of several, that the group has not itself (YAML 1.1 merge key). */
  #merge(source: Given, entries: Map<string, GivenEntry>): boolean {
    if (source.kind === "list") {
      return source.items.every((item) => this.#merge(item, entries));
    }
    if (source.kind !== "group") return false;
    for (const [name, entry] of source.entries) {
      if (!entries.has(name)) entries.set(name, entry);
    }
    return true;
  }

  #alias(node: Alias, near: FileSpot): Given {
    const given = this.#anchors.get(node.source);
    if (given !== undefined) return given;
    const spot = this.#spotOf(node, near);
    this.refuse(
      spot,
      "an alias without an anchor before it",
      'quotes around a value that starts with "*"',
    );
    return { kind: "nothing", spot };
  }

  #spotOf(node: unknown, near: FileSpot): FileSpot {
    const start = hasRange(node) ? node.range[0] : undefined;
    return start === undefined ? near : this.#spotAt(start);
  }
}

function scalar(
  value: unknown,
  source: string | undefined,
  spot: FileSpot,
): Given {
  switch (typeof value) {
    case "boolean":
      return { kind: "flag", value, spot };
    case "number":
      return { kind: "number", value, written: source ?? String(value), spot };
    case "string":
      return { kind: "text", value, spot };
    default:
      return { kind: "nothing", spot };
  }
}

function nameOf({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : key.source;
}

/** A quoted "<<" is a key like any other. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function anchorOf(node: unknown): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
}

function hasRange(
  node: unknown,
): node is Node & { range: [number, number, number] } {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) &&
    Array.isArray(node.range);
}
