/** `GET /_opsen/metrics`: what is counted and measured, for Prometheus. */
import type { ApiDeps } from "./api_deps.ts";
import type { Endpoint, Outcome } from "./endpoint.ts";
import { problem } from "./problems.ts";

/** The metrics. */
export function metrics(deps: ApiDeps): Endpoint {
  return {
    path: "/_opsen/metrics",
    methods: ["GET"],
    access: "read",
    handle: ({ request }) => page(deps, request.headers.get("accept")),
  };
}

async function page(
  { metrics }: ApiDeps,
  accept: string | null,
): Promise<Outcome> {
  const rendered = await metrics?.render(accept);
  if (rendered === undefined) {
    return problem("unknown_path", "No metrics here: metrics.enabled is false");
  }
  const { type, text } = rendered;
  return {
    kind: "content",
    fields: {
      "content-type": type,
      "cache-control": "no-store",
      "vary": "accept",
    },
    body: text,
  };
}
