/**
 * The JSON Schema of a role's file (draft 2020-12), for editors and pipelines. It never refuses what the program
 * takes; the program looks closer at addresses and URLs, and at what keys mean together.
 */
import type { Key, Keys } from "./key.ts";
import type { Role } from "./role.ts";
import type { NumberShape, Shape, WholeShape } from "./shape.ts";
import { TEXT_LENGTH_MAX, type TextFormat } from "./text_format.ts";
import { yamlForm } from "./yaml_form.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of a whole file. */
export function jsonSchema(role: Role): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Configuration of the Opsen ${role.name}`,
    ...keysSchema(role.keys, ["object", "null"]),
  };
}

function keysSchema(keys: Keys, type: unknown): JsonSchema {
  const required = Object.entries(keys)
    .filter(([, { absent }]) => absent.kind === "required")
    .map(([name]) => name);
  return {
    type,
    properties: Object.fromEntries(
      Object.entries(keys).map(([name, key]) => [name, keySchema(key)]),
    ),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}

function keySchema(key: Key): JsonSchema {
  const { absent, help, secret, shape, state } = key;
  const isSettable = absent.kind === "default" && absent.value !== undefined;
  return {
    description: help,
    ...shapeSchema(shape, absent.kind !== "required"),
    ...(isSettable ? { default: yamlForm(shape, absent.value) } : {}),
    ...(secret ? { writeOnly: true } : {}),
    ...(state === "no_effect" ? { deprecated: true } : {}),
  };
}

/** With `empty`, the key may stand there without a value, which leaves its default in force. */
function shapeSchema(shape: Shape, empty: boolean): JsonSchema {
  const type = (name: string) => empty ? [name, "null"] : name;
  switch (shape.kind) {
    case "flag":
      return { type: type("boolean") };
    case "whole":
      return { type: type("integer"), ...rangeSchema(shape) };
    case "number":
      return { type: type("number"), ...rangeSchema(shape) };
    case "text":
      return textSchema(shape.format, empty);
    case "choice":
      return { enum: empty ? [...shape.choices, null] : shape.choices };
    case "list":
      return {
        type: type("array"),
        items: shapeSchema(shape.items, false),
        maxItems: shape.itemsMax,
      };
    case "group":
      return keysSchema(shape.keys, type("object"));
    case "text_or_group":
      return {
        anyOf: [
          textSchema(shape.format, empty),
          keysSchema(shape.keys, "object"),
        ],
      };
  }
}

function rangeSchema(shape: WholeShape | NumberShape): JsonSchema {
  const { min, max } = shape;
  return shape.kind === "number" && shape.open
    ? { exclusiveMinimum: min, maximum: max }
    : { minimum: min, maximum: max };
}

function textSchema(format: TextFormat, empty: boolean): JsonSchema {
  return {
    type: [
      "string",
      ...(format.digits ? ["number"] : []),
      ...(empty ? ["null"] : []),
    ],
    pattern: format.pattern,
    maxLength: TEXT_LENGTH_MAX,
  };
}
