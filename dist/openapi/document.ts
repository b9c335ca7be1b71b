/** Puts the API's document together. */
import program from "../../deno.json" with { type: "json" };
import type {
  OpenApi,
  Operation,
  Parameter,
} from "../../src/api/openapi_types.ts";
import { PROBLEMS } from "../../src/api/problems.ts";
import { ACCESS_OPERATIONS } from "./access_operations.ts";
import { mediaOf, refusalsOf, responsesOf, securityOf } from "./answers.ts";
import { COMPONENTS } from "./components.ts";
import type { DocComments } from "./doc_comments.ts";
import { FLEET_OPERATIONS } from "./fleet_operations.ts";
import { jsonSchemas } from "./json_schemas.ts";
import { TAGS, type ToldOperation, type ToldOperations } from "./operation.ts";
import { HEADERS, PARAMETERS, PATH_PARAMETERS } from "./parameters.ts";
import { PLACING_OPERATIONS } from "./placing_operations.ts";
import { RUNNING_OPERATIONS } from "./running_operations.ts";
import { SESSION_OPERATIONS } from "./session_operations.ts";
import { WATCHING_OPERATIONS } from "./watching_operations.ts";

/** Every operation by its method and path. */
export const OPERATIONS: ToldOperations = {
  ...PLACING_OPERATIONS,
  ...SESSION_OPERATIONS,
  ...FLEET_OPERATIONS,
  ...RUNNING_OPERATIONS,
  ...WATCHING_OPERATIONS,
  ...ACCESS_OPERATIONS,
};

/** The document, with what these comments say of fields. */
export function openApi(comments: DocComments): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [key, told] of Object.entries(OPERATIONS)) {
    const [method = "", pattern = ""] = key.split(" ");
    const path = pattern.replaceAll(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(
      told,
      method,
      pattern,
    );
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Opsen",
      version: program.version,
      summary: "A load balancer that sends work where there is room",
      description: DESCRIPTION,
      license: { name: program.license, identifier: program.license },
    },
    servers: [{ url: "/", description: "The server that this came from" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({
      name,
      description,
    })),
    paths,
    components: {
      schemas: jsonSchemas(COMPONENTS, comments),
      responses: refusalsOf(OPERATIONS),
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
    "x-problems": Object.entries(PROBLEMS).map(([code, problem]) => ({
      code,
      ...problem,
    })),
  };
}

function operationOf(
  told: ToldOperation,
  method: string,
  pattern: string,
): Operation {
  const { id, tag, summary, description, access, body } = told;
  const parameters = [
    ...pathParameters(pattern),
    ...(told.parameters ?? []).map(parameterReference),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(access, pattern),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        description: COMPONENTS[body.schema]?.description ?? "",
        required: body.isOptional !== true,
        content: { "application/json": mediaOf([body.schema], body.examples) },
      },
    }),
    responses: responsesOf(told, method),
  };
}

function parameterReference(name: string) {
  if (!Object.hasOwn(PARAMETERS, name)) {
    throw new TypeError(`Cannot find the parameter "${name}"`);
  }
  return { $ref: `#/components/parameters/${name}` };
}

function pathParameters(pattern: string): readonly Parameter[] {
  if (!pattern.includes(":")) return [];
  const known = Object.entries(PATH_PARAMETERS)
    .find(([prefix]) => pattern.startsWith(prefix));
  if (known === undefined) {
    throw new TypeError(`Cannot find the parameter of "${pattern}"`);
  }
  return [known[1]];
}

const DESCRIPTION =
  `Bodies are JSON in UTF-8; fields that are not known are passed over, and answers may get new ones. A GET answers HEAD too. Each answer has an \`X-Request-ID\`. A refusal is \`application/problem+json\` (RFC 9457): programs go by its \`code\`, which never changes, people by its \`detail\`. A path that there is not is \`unknown_path\`, a method that a path does not answer \`method_not_allowed\`. The front door in front of the API may refuse a request with further codes before it gets here.`;

const SECURITY_SCHEMES = {
  apiKey: {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description:
      "A key with the scope that the operation names. `admin` opens what `route` and `read` do; a server without keys is open.",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "The same key as `Authorization: Bearer`.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "opsen_session",
    description:
      "The session of the dashboard, which stands for the key that it was begun with; for pages of this server alone.",
  },
} as const;
