/** How the server is: `GET /health` for people and scripts, livez and readyz for whatever starts and stops it. */
import type { PanicView } from "../engine/panic.ts";
import type { StoreStatus } from "../ports.ts";
import type { HealthAnswer } from "../wire/answers.ts";
import type { ConfigControl } from "../wire/reload_outcome.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { problem } from "./problems.ts";

/** The three paths that never need a key and that any address may call. */
export function health(deps: ApiDeps): readonly Endpoint[] {
  const { balancer, store, clock, settings } = deps;
  return [
    {
      path: "/health",
      methods: ["GET"],
      access: "anyone",
      handle: () => {
        const now = clock.monotonicMs();
        const queue = balancer.queue(now);
        const { active, available } = balancer.census(now);
        const panic = balancer.panic(now);
        const body: HealthAnswer = {
          status: "healthy",
          timestamp: new Date(clock.wallMs()).toISOString(),
          total_clients: balancer.size,
          active_clients: active,
          available_clients: available,
          version: settings.version,
          store: storeHealth(store.status()),
          ...(queue !== undefined && { queue: { depth: queue.depth } }),
          ...(panic !== undefined && { panic: panicHealth(panic) }),
          ...(deps.configuration !== undefined &&
            configHealth(deps.configuration)),
        };
        return answer(body);
      },
    },
    {
      path: "/_opsen/livez",
      methods: ["GET"],
      access: "anyone",
      handle: () => answer({ status: "alive" }),
    },
    {
      // Ready also with a degraded store: decisions don't need it.
      path: "/_opsen/readyz",
      methods: ["GET"],
      access: "anyone",
      handle: () => readiness(deps),
    },
  ];
}

function readiness(deps: ApiDeps): Outcome {
  if (deps.isDraining?.() === true) {
    return problem("draining", "Server is stopping");
  }
  const { balancer, clock, settings: { readyMinActive } } = deps;
  const { active } = balancer.census(clock.monotonicMs());
  return active < readyMinActive
    ? problem(
      "not_ready",
      `${active} backends are active, ready_min_active wants ${readyMinActive}`,
    )
    : answer({ status: "ready" });
}

/** Digits of the hash that tell two configurations apart. */
const HASH_DIGITS = 12;

function configHealth(
  control: ConfigControl,
): Pick<HealthAnswer, "config" | "refused_reloads"> {
  const { version, hash, appliedAtMs } = control.current();
  return {
    config: {
      version,
      hash: hash.slice(0, HASH_DIGITS),
      applied_at: new Date(appliedAtMs).toISOString(),
    },
    refused_reloads: control.refusedCount,
  };
}

function panicHealth(
  { out, of, isOpen }: PanicView,
): HealthAnswer["panic"] {
  return { out, of, mode: isOpen ? "fail_open" : "fail_closed" };
}

function storeHealth(status: StoreStatus): HealthAnswer["store"] {
  switch (status.kind) {
    case "ok":
      return { status: "ok" };
    case "degraded":
      return {
        status: "degraded",
        since: new Date(status.sinceMs).toISOString(),
        reason: status.reason,
      };
  }
}
