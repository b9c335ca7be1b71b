/** Values of the program as data under the names that YAML has for them. */
import { camelCase } from "./camel_case.ts";
import type { Keys } from "./key.ts";
import type { Shape } from "./shape.ts";

/** The value with YAML names; what is not set (`undefined`) is left out of groups. */
export function yamlForm(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "flag":
    case "whole":
    case "number":
    case "text":
    case "choice":
      return value;
    case "list":
      return Array.isArray(value)
        ? value.map((item) => yamlForm(shape.items, item))
        : value;
    case "group":
    case "text_or_group":
      return groupForm(shape.keys, value);
  }
}

function groupForm(keys: Keys, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, { shape }]) => {
      const inner: unknown = Reflect.get(value, camelCase(name));
      return inner === undefined ? [] : [[name, yamlForm(shape, inner)]];
    }),
  );
}
