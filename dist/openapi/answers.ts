/** The responses of an operation: what it answers, and by status every code with which it may refuse. */
import type { Media, Response, Security } from "../../src/api/openapi_types.ts";
import { type ProblemCode, PROBLEMS } from "../../src/api/problems.ts";
import type { Access } from "../../src/api/endpoint.ts";
import type {
  Examples,
  ToldContent,
  ToldOperation,
  ToldOperations,
} from "./operation.ts";

/** The answer, and the refusals as references to what {@link refusalsOf} names. */
export function responsesOf(
  told: ToldOperation,
  method: string,
): Readonly<Record<string, Response>> {
  const { answer } = told;
  const headers = headersOf(["X-Request-ID"]);
  const { description } = answer;
  const content: Record<string, Media> = "schemas" in answer
    ? { "application/json": mediaOf(answer.schemas, answer.examples) }
    : contentOf(answer);
  const others = "others" in answer ? answer.others ?? {} : {};
  return {
    "200": { description, headers, content },
    ...Object.fromEntries(
      Object.entries(others).map(([status, description]) => [
        status,
        { description, headers },
      ]),
    ),
    ...Object.fromEntries(
      byStatus(codesOf(told, method)).map(([status, codes]) => [status, {
        $ref: `#/components/responses/${nameOf(status, codes)}`,
      }]),
    ),
  };
}

/** Every response with which one of these operations refuses, by its name. */
export function refusalsOf(
  operations: ToldOperations,
): Readonly<Record<string, Response>> {
  const found = Object.entries(operations)
    .flatMap(([key, told]) => byStatus(codesOf(told, key.split(" ")[0] ?? "")))
    .map(([status, codes]) =>
      [nameOf(status, codes), refusal(status, codes)] as const
    );
  return Object.fromEntries(
    found.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0),
  );
}

/** What a caller shows: nothing, or a key with a scope; its cookie goes to the newer paths alone. */
export function securityOf(access: Access, path: string): Security {
  if (access === "anyone" || access === "allowed_address") return [];
  return [
    { apiKey: [access] },
    { bearer: [access] },
    ...(path.startsWith("/_opsen/") ? [{ session: [access] }] : []),
  ];
}

/** A body as one of these schemas. */
export function mediaOf(schemas: readonly string[], examples: Examples): Media {
  const references = schemas.map((name) => ({
    $ref: `#/components/schemas/${name}`,
  }));
  const [only] = references;
  return {
    schema: references.length === 1 && only !== undefined
      ? only
      : { anyOf: references },
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, value]) => [name, { value }]),
    ),
  };
}

function contentOf(
  { content, events = [] }: ToldContent,
): Record<string, Media> {
  const schemaOf = (type: string) =>
    type === "application/json" ? { type: "object" } : {
      type: "string",
      ...(events.length > 0 && {
        contentMediaType: "application/json",
        contentSchema: mediaOf(events, {}).schema,
      }),
    };
  return Object.fromEntries(
    Object.entries(content).map(([type, text]) => [type, {
      schema: schemaOf(type),
      ...(text !== undefined && { examples: { text: { value: text } } }),
    }]),
  );
}

/** Every code with which an operation may refuse. */
export function codesOf(
  { access, body, codes = [] }: ToldOperation,
  method: string,
): readonly ProblemCode[] {
  const needsKey = access !== "anyone" && access !== "allowed_address";
  return [
    ...new Set<ProblemCode>([
      ...(body === undefined ? [] : BODY_CODES),
      ...(needsKey ? KEY_CODES : []),
      ...(method === "GET" ? [] : ["cross_site" as const]),
      "address_not_allowed",
      ...(access === "anyone" ? [] : ["rate_limited" as const]),
      ...codes,
      "internal_error",
    ]),
  ];
}

const BODY_CODES: readonly ProblemCode[] = [
  "invalid_json",
  "missing_field",
  "invalid_field",
  "body_aborted",
  "body_timeout",
  "body_too_large",
  "unsupported_media_type",
  "unsupported_encoding",
];

const KEY_CODES: readonly ProblemCode[] = [
  "missing_key",
  "wrong_key",
  "missing_scope",
  "key_expired",
  "key_revoked",
];

/** In the order of the table of problems, so that equal sets are equal lists. */
function byStatus(
  codes: readonly ProblemCode[],
): readonly (readonly [number, readonly ProblemCode[]])[] {
  const all = Object.keys(PROBLEMS) as ProblemCode[];
  const sorted = all.filter((code) => codes.includes(code));
  const statuses = [...new Set(sorted.map((code) => PROBLEMS[code].status))]
    .sort((a, b) => a - b);
  return statuses.map((status) => [
    status,
    sorted.filter((code) => PROBLEMS[code].status === status),
  ]);
}

function nameOf(status: number, codes: readonly ProblemCode[]): string {
  return [status, ...codes].join(".");
}

function refusal(status: number, codes: readonly ProblemCode[]): Response {
  return {
    description: codes.map((code) => PROBLEMS[code].title).join(", "),
    headers: headersOf(["X-Request-ID", ...(FIELDS[status] ?? [])]),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Problem" },
            { properties: { code: { description: CODE, enum: codes } } },
          ],
        },
        examples: Object.fromEntries(
          codes.map((code) => [code, { value: exampleOf(code) }]),
        ),
      },
    },
  };
}

const CODE = "Which of the refusals it is.";

/** Fields that refusals of a status may bring. */
const FIELDS: Readonly<Record<number, readonly string[]>> = {
  401: ["WWW-Authenticate"],
  429: [
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
  ],
  503: ["Retry-After"],
};

function headersOf(names: readonly string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

function exampleOf(code: ProblemCode): object {
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:opsen:problem:${code}`,
    title,
    status,
    detail: title,
    code,
    request_id: "4f1d7e63-0000000000000001",
    ...(code === "no_capacity" && NO_CAPACITY),
  };
}

const NO_CAPACITY = {
  detail: "No available clients with sufficient resources",
  tally: { memory: 2, inactive: 1 },
  fleet_size: 3,
  nearest: { client_id: "node-1", lacks: "memory", short_by: 1.5, unit: "GB" },
  retry_after_ms: 4200,
};
