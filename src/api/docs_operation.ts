/** One operation of the API on its page. */
import { type Html, markup, plain, prose } from "./docs_html.ts";
import type { Refusals } from "./docs_refusals.ts";
import { type Shapes, typeOf } from "./docs_shapes.ts";
import { ORIGIN_MARK } from "./openapi.ts";
import type {
  JsonSchema,
  Media,
  OpenApi,
  Operation,
  Parameter,
  PlacedOperation,
  Response,
} from "./openapi_types.ts";

/** Draws it. */
export function operation(
  placed: PlacedOperation,
  document: OpenApi,
  shapes: Shapes,
  refusals: Refusals,
): Html {
  const { method, path, operation } = placed;
  const { operationId, summary, description, requestBody } = operation;
  const parameters = (operation.parameters ?? []).flatMap((one) =>
    "$ref" in one
      ? document.components.parameters[lastOf(one.$ref)] ?? []
      : [one]
  );
  const bodies = Object.values(requestBody?.content ?? {});
  const answers = Object.entries(operation.responses)
    .filter(([, { $ref }]) => $ref === undefined);
  const isOptional = requestBody?.required === false;
  return markup`
    <article id="${operationId}">
      <h3>
        <span class="${method.toLowerCase()}">${method}</span>
        &#32;<code>${path}</code>
      </h3>
      <p>${prose(`${summary}. ${description ?? ""}`)} ${needs(operation)}</p>
      ${parameters.length > 0 ? table(parameters) : undefined}
      ${bodies.map(({ schema }) => sent(schema, isOptional, shapes))}
      <pre>${plain(curl(placed, parameters))}</pre>
      ${answers.map(([status, one]) => answer(status, one, shapes))}
      ${refusals.of(operation)}
    </article>`;
}

function sent(schema: JsonSchema, isOptional: boolean, shapes: Shapes): Html {
  const rest = isOptional ? ", may be absent" : "";
  return markup`<h4>Body${rest}</h4>${shapes.of(schema)}`;
}

function needs({ security }: Operation): Html {
  const scope = security.flatMap((one) => Object.values(one)).flat()[0];
  return scope === undefined
    ? markup`Needs no key.`
    : markup`Needs a key with the scope <code>${scope}</code>.`;
}

/** Cells, rows and parts of a table end where the next begin, so their ends are left out. */
function table(parameters: readonly Parameter[]): Html {
  return markup`
    <div>
      <table>
        <thead>
          <tr><th>Parameter<th>In<th>Type<th>Meaning
        <tbody>${parameters.map(row)}
      </table>
    </div>`;
}

function row({ name, in: place, schema, description }: Parameter): Html {
  return markup`
    <tr>
      <td><code>${name}</code>
      <td>${place}
      <td><i>${typeOf(schema)}</i>
      <td>${prose(description)}`;
}

function answer(status: string, response: Response, shapes: Shapes): Html {
  const { description = "", content = {} } = response;
  const bodies = Object.entries(content);
  const head = markup`<b>${status}</b> ${prose(description)}`;
  if (bodies.length === 0) return markup`<p>${head}</p>`;
  return markup`
    <details>
      <summary>${head}</summary>
      ${bodies.map(([type, media]) => body(type, media, shapes))}
    </details>`;
}

function body(type: string, media: Media, shapes: Shapes): Html {
  const examples = Object.values(media.examples ?? {});
  return markup`
    ${type === "application/json" ? undefined : markup`<p>${type}</p>`}
    ${shapes.of(media.schema)}
    ${examples.map(({ value }) => example(value))}`;
}

function example(value: unknown): Html {
  const text = typeof value === "string"
    ? value
    : JSON.stringify(value, null, 1).replaceAll(SCALARS, oneLine);
  return markup`<pre>${plain(text)}</pre>`;
}

/** Lists without lists or objects in them. */
const SCALARS = /\[[^[\]{}]*\]/g;

function oneLine(list: string): string {
  return list.replaceAll(/\s*\n\s*/g, " ").replaceAll(
    /\[ | \]/g,
    (end) => end.trim(),
  );
}

/** A command that makes the call. */
function curl(
  { method, path, operation }: PlacedOperation,
  parameters: readonly Parameter[],
): string {
  const filled = parameters.filter((one) => one.in === "path").reduce(
    (url, { name, example }) =>
      url.replace(`{${name}}`, encodeURIComponent(String(example))),
    path,
  );
  const query = parameters
    .filter((one) => one.in === "query" && one.required)
    .map(({ name, example }) =>
      `${name}=${encodeURIComponent(String(example))}`
    );
  const url = `${ORIGIN_MARK}${filled}`;
  const [media] = Object.values(operation.requestBody?.content ?? {});
  const [example] = Object.values(media?.examples ?? {});
  const parts = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${
      query.length === 0 ? url : `'${url}?${query.join("&")}'`
    }`,
    ...(operation.security.length > 0
      ? [`-H "X-API-Key: $OPSEN_API_KEY"`]
      : []),
    ...(example === undefined ? [] : [
      "-H 'Content-Type: application/json'",
      `-d '${JSON.stringify(example.value)}'`,
    ]),
  ];
  return parts.join(" \\\n  ");
}

function lastOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
