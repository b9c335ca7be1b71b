/**
 * The nodes of a YAML document as what was given. Aliases share one node, so a file whose aliases multiply costs no
 * more than its length.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import {
  type FileSpot,
  type Given,
  type GivenEntry,
  type GivenGroup,
  quoted,
} from "./given.ts";
import type { Problem } from "./problem.ts";

/** Deepest nesting that is looked at; the deepest key is four levels down. */
const DEPTH_MAX = 32;

/** Walks one document; the anchors seen so far are what an alias can mean. */
export class YamlTree {
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
