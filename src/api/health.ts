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
  return [
    {
      path: "/health",
      methods: ["GET"],
      access: "anyone",
      handle: () => answer(healthOf(deps)),
    },
    {
      path: "/_opsen/livez",
      methods: ["GET"],
      access: "anyone",
      handle: () => answer({ status: "alive" }),
    },
    {
      // Ready also with a degraded store: decisions don't need it, and a restart would lose what only memory holds.
      path: "/_opsen/readyz",
      methods: ["GET"],
      access: "anyone",
      handle: () => readiness(deps),
    },
  ];
}

/** How the server is now. */
export function healthOf(deps: ApiDeps): HealthAnswer {
  const { balancer, store, clock, settings } = deps;
  const now = clock.monotonicMs();
  const queue = balancer.queue(now);
  const { active, available } = balancer.census(now);
  const panic = balancer.panic(now);
  return {
    status: "healthy",
    timestamp: new Date(clock.wallMs()).toISOString(),
    total_clients: balancer.size,
    active_clients: active,
    available_clients: available,
    version: settings.version,
    store: storeHealth(store.status()),
    ...(queue !== undefined && { queue: { depth: queue.depth } }),
    ...(panic !== undefined && { panic: panicHealth(panic) }),
    ...(deps.configuration !== undefined && configHealth(deps.configuration)),
  };
}

/**
 * Whoever asks came in through a listener, and the database is open before there is one: what is left to say is whether
 * the server stops, and whether it has somebody to send work to.
 */
function readiness(deps: ApiDeps): Outcome {
  const { balancer, clock, store, settings: { readyMinActive } } = deps;
  const { active } = balancer.census(clock.monotonicMs());
  const problems = active < readyMinActive
    ? [
      `${active} backends are active, ready_min_active wants ${readyMinActive}`,
    ]
    : [];
  if (deps.isDraining?.() === true) {
    const detail = "Server is stopping";
    return problem("draining", detail, { problems: [detail, ...problems] });
  }
  const [detail] = problems;
  return detail === undefined
    ? answer({
      status: "ready",
      active_clients: active,
      store: storeHealth(store.status()),
    })
    : problem("not_ready", detail, { problems });
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
      is_newer_refused: control.pendingProblems.length > 0,
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
