import assert from "node:assert/strict";
import { OPENAPI } from "../../dist/openapi.ts";
import type {
  JsonSchema,
  Media,
  OpenApi,
} from "../../src/api/openapi_types.ts";
import { operationsOf } from "./openapi_world.ts";

const text = await Deno.readTextFile(OPENAPI);
const document: OpenApi = JSON.parse(text);

Deno.test("everything in the document that has a name has words about it", () => {
  assert.deepEqual([...wordless(document)], []);
});

Deno.test("what has no words would be found, wherever it stands", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["components.schemas.Placement", "Placement"],
    ["components.schemas.Placement.properties.endpoint", "Placement.endpoint"],
    [
      "components.schemas.Report.properties.short_window.properties.gpus.items.properties.name",
      "Report.short_window.gpus.name",
    ],
    [
      "components.schemas.Candidate.anyOf.1.properties.reason",
      "Candidate.reason",
    ],
    ["components.parameters.tier", "parameter tier"],
    ["components.headers.Retry-After", "header Retry-After"],
    ["paths./route.post.requestBody", "body of route"],
    ["paths./_opsen/leases/{id}.get.parameters.0", "parameter id of getLease"],
  ];
  for (const [path, name] of cases) {
    const poorer: OpenApi = JSON.parse(text);
    const part = partOf(poorer, path);
    assert.ok(part.description, path);
    part.description = "";
    assert.deepEqual([...wordless(poorer)], [name]);
  }
});

Deno.test("a name that is said again would be found", () => {
  const poorer: OpenApi = JSON.parse(text);
  const path = "components.schemas.Placement.properties.lease_id";
  partOf(poorer, path).description = "Lease ID.";
  assert.deepEqual([...wordless(poorer)], ["Placement.lease_id"]);
});

/**
 * Names of what nothing is said about. A schema that only holds another one (a list, a union, a map) has no name of its
 * own: it is the field, the body or the shape around it that is described.
 */
function* wordless(document: OpenApi): Generator<string> {
  const { components } = document;
  for (const [name, schema] of Object.entries(components.schemas)) {
    if (!isSaid(schema, name)) yield name;
    yield* wordlessFields(schema, name);
  }
  for (const [name, { content }] of Object.entries(components.responses)) {
    yield* wordlessIn(content, name);
  }
  for (const [name, parameter] of Object.entries(components.parameters)) {
    if (!isSaid(parameter, parameter.name)) yield `parameter ${name}`;
  }
  for (const [name, header] of Object.entries(components.headers)) {
    if (!isSaid(header, name)) yield `header ${name}`;
  }
  for (const { operation } of operationsOf(document)) {
    const { operationId, parameters = [], requestBody, responses } = operation;
    for (const one of parameters) {
      if ("$ref" in one || isSaid(one, one.name)) continue;
      yield `parameter ${one.name} of ${operationId}`;
    }
    if (requestBody !== undefined) {
      if (!isSaid(requestBody, "body")) yield `body of ${operationId}`;
      yield* wordlessIn(requestBody.content, operationId);
    }
    for (const { content } of Object.values(responses)) {
      yield* wordlessIn(content, operationId);
    }
  }
}

function* wordlessIn(
  content: Readonly<Record<string, Media>> = {},
  holder: string,
): Generator<string> {
  for (const { schema } of Object.values(content)) {
    yield* wordlessFields(schema, holder);
  }
}

function* wordlessFields(
  schema: JsonSchema,
  holder: string,
): Generator<string> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = `${holder}.${name}`;
    if (!isSaid(field, name)) yield path;
    yield* wordlessFields(field, path);
  }
  const { items, additionalProperties: values } = schema;
  const inside = [
    ...(items === undefined ? [] : [items]),
    ...(typeof values === "object" ? [values] : []),
    ...schema.anyOf ?? [],
    ...schema.oneOf ?? [],
    ...schema.allOf ?? [],
  ];
  for (const one of inside) yield* wordlessFields(one, holder);
}

/** Whether words are there and say more than the name. */
function isSaid(
  { description = "" }: { readonly description?: string },
  name: string,
): boolean {
  const letters = (words: string) =>
    words.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return letters(description) !== "" && letters(description) !== letters(name);
}

/** The part of a value at a path of names. */
function partOf(value: unknown, path: string): { description?: string } {
  return path.split(".").reduce<unknown>(
    (part, name) => (part as Readonly<Record<string, unknown>>)[name],
    value,
  ) as { description?: string };
}
