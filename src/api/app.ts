/** The API, and the path of a request through it on one screen. */
import { type Context, Hono } from "hono";
import { AddressRule } from "./address_rule.ts";
import type { ApiDeps } from "./api_deps.ts";
import { clients } from "./clients.ts";
import {
  type Call,
  callerIp,
  type Connection,
  type Endpoint,
  type Outcome,
} from "./endpoint.ts";
import { health } from "./health.ts";
import { KeyRing } from "./key_ring.ts";
import { type Problem, problem, problemResponse } from "./problems.ts";
import { RefusalLog } from "./refusal_log.ts";
import { register } from "./register.ts";
import { route } from "./route.ts";
import { stats } from "./stats.ts";

/** What `app.fetch(request, connection)` takes as its second argument; `Deno.ServeHandlerInfo` is one. */
export interface ApiEnv {
  readonly Bindings: Connection;
}

/** The API as one request handler: `Deno.serve((request, info) => api.fetch(request, info))`. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const { keys, allowedAddresses, newRequestId } = deps.settings;
  const addressRule = new AddressRule(allowedAddresses);
  const keyRing = new KeyRing(keys);
  const logger = deps.logger.child("api");
  const refusalLog = new RefusalLog(logger, deps.clock);
  const endpoints = [
    register(deps),
    stats(deps),
    route(deps),
    ...health(deps),
    ...clients(deps),
  ];
  const nowhere = unrouted(endpoints);

  const api = new Hono<ApiEnv>();
  for (const endpoint of endpoints) {
    api.on(
      [...endpoint.methods],
      endpoint.path,
      (context) => respond(endpoint, context),
    );
  }
  api.notFound((context) => respond(nowhere, context));
  return api;

  async function respond(
    endpoint: Endpoint,
    context: Context<ApiEnv>,
  ): Promise<Response> {
    const call: Call = {
      request: context.req.raw,
      connection: context.env ?? {},
      requestId: context.env?.requestId ?? newRequestId(),
    };
    try {
      const outcome = gate(endpoint, call) ?? await endpoint.handle(call);
      return responseTo(outcome, call);
    } catch (error) {
      return failed(error, call);
    }
  }

  function gate({ access }: Endpoint, call: Call): Problem | undefined {
    switch (access) {
      case "anyone":
        return undefined;
      case "allowed_address":
        return wrongAddress(call);
      case "key_holder":
        return wrongAddress(call) ?? keyRing.refusal(call.request.headers) ??
          stopping();
    }
  }

  /** While a server stops it finishes what is in flight and begins nothing new. */
  function stopping(): Problem | undefined {
    return deps.isDraining?.() === true
      ? problem("draining", "Server is stopping", {
        headers: { "connection": "close", "retry-after": "1" },
      })
      : undefined;
  }

  function wrongAddress({ connection }: Call): Problem | undefined {
    return addressRule.isOpen
      ? undefined
      : addressRule.refusal(callerIp(connection));
  }

  function responseTo(outcome: Outcome, call: Call) {
    const { requestId, request } = call;
    switch (outcome.kind) {
      case "answer":
        return new Response(JSON.stringify(outcome.body), {
          headers: {
            "content-type": "application/json",
            "x-request-id": requestId,
          },
        });
      case "problem": {
        const { code, detail } = outcome;
        const { method, url } = request;
        refusalLog.take(code, detail, callerIp(call.connection));
        logger.debug("Request refused", {
          requestId,
          method,
          url,
          code,
          detail,
        });
        return problemResponse(outcome, requestId);
      }
    }
  }

  /** Two messages: the id for the caller, the reason for the log. */
  function failed(error: unknown, { requestId, request }: Call): Response {
    const { method, url } = request;
    logger.error("Cannot answer a request", { requestId, method, url, error });
    const detail = `Internal server error; request id ${requestId}`;
    return problemResponse(problem("internal_error", detail), requestId);
  }
}

/** Answers every request that no endpoint takes: the path is unknown, or known under other methods. */
function unrouted(endpoints: readonly Endpoint[]): Endpoint {
  const allowed = new Map(
    endpoints.map(({ path, methods }) => [
      path,
      methods.map((method) => method === "GET" ? "GET, HEAD" : method)
        .join(", "),
    ]),
  );
  return {
    path: "*",
    methods: [],
    access: "allowed_address",
    handle: ({ request }) => {
      const allow = allowed.get(pathOf(request.url));
      return allow === undefined
        ? problem("unknown_path", "404 page not found")
        : problem("method_not_allowed", "Method not allowed", {
          headers: { allow },
        });
    },
  };
}

/** The path as it was sent and routed: `URL` would fold "/x/../health" into "/health". */
function pathOf(url: string): string {
  return /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
}
