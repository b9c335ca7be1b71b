/** The API's document as it is for one server. Loaded when it is first asked for. */
import whole from "../../dist/openapi.json" with { type: "json" };
import type { Endpoint } from "./endpoint.ts";
import { ORIGIN_MARK } from "./openapi.ts";
import type { OpenApi, Operation, PathItem } from "./openapi_types.ts";

const STICKY = "StickyId";
const STICKY_REF = `#/components/parameters/${STICKY}`;

/** With the operations that the server has, and its own name for the header of sessions; without one, without it. */
export function documentOf(
  endpoints: readonly Endpoint[],
  stickyHeader: string,
): OpenApi {
  const document = whole as unknown as OpenApi;
  const { components, servers, paths } = document;
  const { [STICKY]: sticky, ...others } = components.parameters;
  const hasSticky = sticky !== undefined && stickyHeader !== "";
  const known = new Set(
    endpoints.flatMap(({ path, methods }) =>
      methods.map((method) => `${method.toLowerCase()} ${templateOf(path)}`)
    ),
  );
  const kept = Object.entries(paths).flatMap(([path, item]) => {
    const operations = Object.entries(item)
      .filter(([method]) => known.has(`${method} ${path}`))
      .map(([method, operation]) => [
        method,
        hasSticky ? operation : withoutSticky(operation),
      ]);
    const keptItem: PathItem = Object.fromEntries(operations);
    return operations.length === 0 ? [] : [[path, keptItem] as const];
  });
  return {
    ...document,
    servers: servers.map((server) => ({
      ...server,
      url: `${ORIGIN_MARK}/`,
    })),
    paths: Object.fromEntries(kept),
    components: {
      ...components,
      parameters: hasSticky
        ? { ...others, [STICKY]: { ...sticky, name: stickyHeader } }
        : others,
    },
  };
}

/** `/_opsen/leases/:id` as OpenAPI writes it. */
export function templateOf(pattern: string): string {
  return pattern.replaceAll(/:(\w+)/g, "{$1}");
}

function withoutSticky(operation: Operation): Operation {
  const { parameters, ...rest } = operation;
  if (parameters === undefined) return operation;
  return {
    ...rest,
    parameters: parameters.filter((one) =>
      !("$ref" in one) || one.$ref !== STICKY_REF
    ),
  };
}
