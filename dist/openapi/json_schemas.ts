/** From the schemas that the program reads and answers by to JSON Schemas with the words about their fields. */
import * as z from "zod";
import type { JsonSchema } from "../../src/api/openapi_types.ts";
import type { DocComments } from "./doc_comments.ts";

/** A schema with a name. */
export interface NamedSchema {
  readonly schema: z.ZodType;
  /** What is sent, or what is answered. */
  readonly side: "input" | "output";
  /** Declarations whose comments speak of its fields, the first that does. */
  readonly told: readonly string[];
  readonly description: string;
  /** What a check knows that no JSON Schema says, by the names of fields. */
  readonly more?: Readonly<Record<string, JsonSchema>>;
}

/** All of them by their names; those inside one another as references. */
export function jsonSchemas(
  named: Readonly<Record<string, NamedSchema>>,
  comments: DocComments,
): Readonly<Record<string, JsonSchema>> {
  const answers = z.registry<{ id?: string }>();
  for (const [id, { schema, side }] of Object.entries(named)) {
    if (side === "output") answers.add(schema, { id });
  }
  const { schemas } = z.toJSONSchema(answers, {
    io: "output",
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(named).map(([id, { schema, side, told, ...rest }]) => {
      const made = side === "output" ? schemas[id] : inputSchema(schema);
      const words = (path: readonly string[]) =>
        told.map((name) => comments.of(name, path))
          .find((found) => found !== undefined);
      const { more = {}, description } = rest;
      return [id, { ...tidied(made as Made, [], words, more), description }];
    }),
  );
}

type Made = JsonSchema & { readonly $schema?: string; readonly $id?: string };

/** A list is measured before its elements are looked at, and the second look says what they are. */
function inputSchema(schema: z.ZodType): Made {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (!(zodSchema instanceof z.ZodPipe)) return;
      const { out } = zodSchema;
      if (!(out instanceof z.ZodArray)) return;
      const { $schema: _, ...items } = inputSchema(out.element as z.ZodType);
      jsonSchema.items = items as z.core.JSONSchema.JSONSchema;
    },
  }) as Made;
}

/**
 * Without what only clutters: addresses of its own, closed objects (an answer may say more one day), the whole grammar
 * of a date beside its format, and a union where a list of types says the same.
 */
function tidied(
  made: Made,
  path: readonly string[],
  words: (path: readonly string[]) => string | undefined,
  more: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const { $schema: _schema, $id: _id, ...schema } = nullable(made);
  const inner = (part: JsonSchema, name?: string) =>
    tidied(part, name === undefined ? path : [...path, name], words, more);
  const { pattern, additionalProperties, ...others } = schema;
  const { properties, items, anyOf, oneOf } = others;
  return {
    ...others,
    ...(pattern !== undefined && schema.format === undefined && { pattern }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: inner(additionalProperties),
    }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, part]) => [
          name,
          described(inner(part, name), words([...path, name])),
        ]),
      ),
    }),
    ...(items !== undefined && { items: inner(items) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map((part) => inner(part)) }),
    ...(oneOf !== undefined && { oneOf: oneOf.map((part) => inner(part)) }),
    ...more[path.join(".")],
  };
}

function described(
  schema: JsonSchema,
  description: string | undefined,
): JsonSchema {
  return description === undefined ? schema : { description, ...schema };
}

/** Something or null, as one schema where that is the same. */
function nullable(schema: Made): Made {
  const { anyOf, ...rest } = schema;
  const [first, second] = anyOf ?? [];
  if (
    anyOf?.length !== 2 || second?.type !== "null" ||
    typeof first?.type !== "string" || first.enum !== undefined ||
    first.const !== undefined
  ) return schema;
  return { ...rest, ...first, type: [first.type, "null"] };
}
