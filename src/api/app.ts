/** The API: which endpoints there are, and the two ways to them. */
import { Hono } from "hono";
import { answering, type Rendered } from "./answering.ts";
import type { ApiDeps } from "./api_deps.ts";
import { audit } from "./audit.ts";
import { ClaimWatch } from "./claims.ts";
import { clients } from "./clients.ts";
import { configuration } from "./configuration.ts";
import { decisions } from "./decisions.ts";
import { drains } from "./drains.ts";
import type {
  ApiFields,
  ApiRequest,
  Call,
  Connection,
  Endpoint,
} from "./endpoint.ts";
import { enrolment } from "./enrolment.ts";
import { health } from "./health.ts";
import { keys } from "./keys.ts";
import { leases } from "./leases.ts";
import { logLevel } from "./log_level.ts";
import { metrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";
import { queue } from "./queue.ts";
import { register } from "./register.ts";
import { route } from "./route.ts";
import { stats } from "./stats.ts";
import { statsHistory } from "./stats_history.ts";
import { sticky } from "./sticky.ts";
import { ui } from "./ui.ts";

/** What `app.fetch(request, connection)` takes as its second argument; `Deno.ServeHandlerInfo` is one. */
export interface ApiEnv {
  readonly Bindings: Connection;
}

/** A `POST /route` that the front door has read already. */
export interface LocalRequest {
  /** Readable during the call. */
  readonly fields: ApiFields;
  /** The whole body; valid during the call. */
  readonly body: Uint8Array;
  readonly callerIp: string;
  readonly requestId: string;
  /** Aborts when the caller leaves; asked for only where that matters. */
  readonly signal: AbortSignal;
}

/** An answer that is text. */
export interface RenderedText extends Rendered {
  readonly body: string;
}

/** The two ways to the API. */
export interface Api {
  /** One request handler: `Deno.serve((request, info) => http.fetch(request, info))`. */
  readonly http: Hono<ApiEnv>;
  /** Answers `POST /route` without HTTP. Never throws and never rejects. */
  readonly local: (
    request: LocalRequest,
  ) => RenderedText | Promise<RenderedText>;
  /** All that it answers. */
  readonly endpoints: readonly Endpoint[];
}

/** The API over HTTP alone. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  return apiOf(deps).http;
}

/** The API. */
export function apiOf(deps: ApiDeps): Api {
  const { newRequestId } = deps.settings;
  const answerOf = answering(deps);
  const routing = route(deps);
  const claims = deps.claims ?? new ClaimWatch(deps);
  const endpoints: readonly Endpoint[] = [
    register(deps, claims),
    stats(deps, claims),
    routing,
    ...health(deps),
    ...clients(deps, claims),
    ...leases(deps),
    ...sticky(deps),
    ...drains(deps),
    ...decisions(deps),
    ...configuration(deps),
    ...logLevel(deps),
    metrics(deps),
    audit(deps),
    ...keys(deps),
    ...enrolment(deps),
    queue(deps),
    ...openApi(deps, () => endpoints),
    statsHistory(deps),
    ...ui(deps, claims),
  ];
  const nowhere = unrouted(endpoints);

  const http = new Hono<ApiEnv>();
  for (const endpoint of endpoints) {
    http.on(
      [...endpoint.methods],
      routedPath(endpoint, endpoints),
      ({ req, env }) => respond(endpoint, req.raw, env ?? {}),
    );
  }
  http.notFound(({ req, env }) => respond(nowhere, req.raw, env ?? {}));
  return { http, local, endpoints };

  async function respond(
    endpoint: Endpoint,
    request: Request,
    connection: Connection,
  ): Promise<Response> {
    const requestId = connection.requestId ?? newRequestId();
    const call: Call = { request, body: request, connection, requestId };
    const { status, fields, body } = await answerOf(endpoint, call);
    return new Response(body, { status, headers: fields });
  }

  function local(
    request: LocalRequest,
  ): RenderedText | Promise<RenderedText> {
    const { body, callerIp, requestId } = request;
    const hostname = callerIp;
    const rendered = answerOf(routing, {
      request: new LocalApiRequest(routing.path, request),
      body,
      connection: { remoteAddr: { transport: "tcp", hostname, port: 0 } },
      requestId,
    });
    return rendered instanceof Promise
      ? rendered.then(asText)
      : asText(rendered);
  }
}

/**
 * The path as Hono gets it. A last parameter beside fixed segments, which come before it, becomes a wildcard: with the
 * parameter Hono would look every path up in its slower router, some 20 microseconds a request.
 */
function routedPath(
  { path }: Endpoint,
  endpoints: readonly Endpoint[],
): string {
  const isBesideOthers = endpoints.some((other) =>
    other.path !== path && parametersOf(path, other.path) !== undefined
  );
  return isBesideOthers ? path.replace(/:[^/:]+$/, "*") : path;
}

function asText(rendered: Rendered): RenderedText {
  const { body } = rendered;
  if (typeof body === "string") return rendered as RenderedText;
  throw new TypeError("POST /route answers with JSON");
}

/** Asks for the signal only when it is asked for one. */
class LocalApiRequest implements ApiRequest {
  readonly method = "POST";
  readonly url: string;
  readonly headers: ApiFields;
  readonly #request: LocalRequest;

  constructor(path: string, request: LocalRequest) {
    this.url = path;
    this.headers = request.fields;
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

/** Answers every request that no endpoint takes: the path is unknown, or known under other methods. */
function unrouted(endpoints: readonly Endpoint[]): Endpoint {
  return {
    path: "*",
    methods: [],
    access: "allowed_address",
    handle: ({ request }) => {
      const path = pathOf(request.url);
      const allowed = endpoints
        .filter((endpoint) => parametersOf(endpoint.path, path) !== undefined)
        .flatMap(({ methods }) => methods)
        .map((method) => method === "GET" ? "GET, HEAD" : method);
      return allowed.length === 0
        ? problem("unknown_path", "404 page not found")
        : problem("method_not_allowed", "Method not allowed", {
          headers: { allow: allowed.join(", ") },
        });
    },
  };
}
