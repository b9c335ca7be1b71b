/** Writes values as YAML, the way a person would: what is at its default inside a list entry is left out. */
import { camelCase } from "./camel_case.ts";
import type { Keys } from "./key.ts";
import type { Shape } from "./shape.ts";

/** Text that YAML and people read as that text without quotes. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./-]*$/;

/** Words that some version of YAML reads as something else. */
const SPECIAL = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** The lines of `name: value`; no value (`undefined`) leaves the key empty, which YAML reads as not set. */
export function yamlLines(
  name: string,
  shape: Shape,
  value: unknown,
): string[] {
  if (value === undefined) return [`${name}:`];
  const isListOfGroups = shape.kind === "list" &&
    shape.items.kind === "group" && Array.isArray(value) && value.length > 0;
  if (!isListOfGroups) return [`${name}: ${yamlValue(shape, value)}`];
  return [
    `${name}:`,
    ...value.map((item) => `  - ${yamlValue(shape.items, item)}`),
  ];
}

/** The value on one line. */
export function yamlValue(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case "flag":
    case "whole":
    case "number":
      return String(value);
    case "text":
    case "choice":
      return yamlWord(String(value));
    case "list": {
      const items = Array.isArray(value) ? value : [];
      return `[${
        items.map((item) => yamlValue(shape.items, item)).join(", ")
      }]`;
    }
    case "group":
      return yamlGroup(shape.keys, value);
    case "text_or_group": {
      const set = namesSet(shape.keys, value);
      return set.length === 1 && set[0] === shape.textKey
        ? yamlWord(String(member(value, shape.textKey)))
        : yamlGroup(shape.keys, value);
    }
  }
}

/** A text on one line, quoted where it must be. */
export function yamlWord(text: string): string {
  return PLAIN.test(text) && !SPECIAL.test(text) ? text : JSON.stringify(text);
}

function yamlGroup(keys: Keys, value: unknown): string {
  const parts = namesSet(keys, value).map((name) => {
    const shape = keys[name]?.shape;
    const inner = member(value, name);
    return shape === undefined ? name : `${name}: ${yamlValue(shape, inner)}`;
  });
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

/** Names of the keys whose values are not their defaults. */
function namesSet(keys: Keys, value: unknown): string[] {
  return Object.entries(keys).flatMap(([name, { absent }]) => {
    const inner = member(value, name);
    const isDefault = inner === undefined ||
      (absent.kind === "default" &&
        JSON.stringify(inner) === JSON.stringify(absent.value));
    return isDefault ? [] : [name];
  });
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, camelCase(name))
    : undefined;
}
