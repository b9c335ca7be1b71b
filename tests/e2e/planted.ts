/** Secrets planted in every key of a configuration that holds one, found by walking the table of keys. */
import type { Keys } from "../../src/config/key.ts";

/** A secret key: its path, `[]` for the entries of a list, and what the value in it is. */
export interface SecretKey {
  readonly path: string;
  readonly kind: "text" | "url" | "hash";
}

/** A part of every planted value, which is nowhere else. */
export const MARK = "pLaNtEd";

/** Every secret key of a table, with those inside groups and lists. */
export function secretKeys(keys: Keys, above = ""): readonly SecretKey[] {
  return Object.entries(keys).flatMap(([name, { shape, secret }]) => {
    const path = `${above}${name}`;
    switch (shape.kind) {
      case "group":
        return secretKeys(shape.keys, `${path}.`);
      case "text_or_group":
        return secretKeys(shape.keys, `${path}.`);
      case "list":
        return "keys" in shape.items
          ? secretKeys(shape.items.keys, `${path}[].`)
          : secret
          ? [{ path: `${path}[]`, kind: "text" }]
          : [];
      case "text":
        return secret ? [{ path, kind: kindOf(path) }] : [];
      case "flag":
      case "whole":
      case "number":
      case "choice":
        if (secret) throw new TypeError(`${path} is no text`);
        return [];
    }
  });
}

function kindOf(path: string): SecretKey["kind"] {
  if (path.endsWith("_hash")) return "hash";
  return path.endsWith("_url") ? "url" : "text";
}

/** A value that a key takes. `port` is one where nobody answers. */
export function plantedValue({ path, kind }: SecretKey, port: number): string {
  const word = `${MARK}-${path.replaceAll(/[^a-z]/g, "-")}`;
  switch (kind) {
    case "text":
      return word;
    case "url":
      return `http://127.0.0.1:${port}/${word}?key=${word}`;
    case "hash":
      // Hexadecimal digits can't hold the mark; so many of one kind are found as well.
      return `sha256:${HASH}`;
  }
}

/** The digits of a planted hash. */
export const HASH = "deadbeef".repeat(8);

/** YAML that sets these keys; each entry of a list is one of its own. */
export function plantedYaml(
  keys: readonly SecretKey[],
  value: (key: SecretKey) => string,
): string {
  const lists = new Map<string, string[]>();
  const lines: string[] = [];
  for (const key of keys) {
    const text = JSON.stringify(value(key));
    const [list = "", rest] = key.path.split("[]");
    if (rest === undefined) {
      const names = key.path.split(".");
      lines.push(
        names.map((name, depth) => `${"  ".repeat(depth)}${name}:`).join("\n") +
          ` ${text}`,
      );
      continue;
    }
    const items = lists.get(list) ?? [];
    const name = rest.slice(1);
    items.push(
      name === "" ? text : `{name: ${list}-${name}, ${name}: ${text}}`,
    );
    lists.set(list, items);
  }
  for (const [list, items] of lists) {
    lines.push(`${list}:`, ...items.map((item) => `  - ${item}`));
  }
  return `${lines.join("\n")}\n`;
}
