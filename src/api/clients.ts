/** `GET /clients` shows the fleet; the purges take out of it what is silent, and every hold. */
import type { PurgeAnswer } from "../wire/answers.ts";
import { clientViewOf } from "../wire/client_view.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { ClaimWatch } from "./claims.ts";
import { bodyKindOf } from "./content_type.ts";
import {
  answer,
  type ApiRequest,
  type Endpoint,
  type Handler,
} from "./endpoint.ts";
import { removeLeases } from "./saved_lease.ts";

/** The fleet and its purges. */
export function clients(
  deps: ApiDeps,
  claims: ClaimWatch,
): readonly Endpoint[] {
  return [
    {
      path: "/clients",
      methods: ["GET"],
      access: "read",
      handle: ({ request }) =>
        answer(fleet(deps, claims, isActiveOnly(request))),
    },
    {
      path: "/clients/purge",
      methods: ["POST", "DELETE"],
      access: "admin",
      action: "backends.purge",
      handle: withoutBody(() => purgeSilent(deps)),
    },
    {
      path: "/clients/purge-pending",
      methods: ["POST", "DELETE"],
      access: "admin",
      action: "leases.purge",
      handle: withoutBody(() => purgeHolds(deps)),
    },
  ];
}

function fleet(
  { balancer, clock }: ApiDeps,
  claims: ClaimWatch,
  activeOnly: boolean,
): object {
  const now = clock.monotonicMs();
  const startedAtMs = clock.wallMs() - now;
  const views = balancer.backends(now);
  const shown = activeOnly ? views.filter(({ active }) => active) : views;
  return shown.map((view) =>
    clientViewOf(
      view,
      (at) => new Date(startedAtMs + at).toISOString(),
      claims.conflictOf(view.registration.id),
    )
  );
}

function isActiveOnly(request: ApiRequest): boolean {
  const value = new URL(request.url).searchParams.get("active_only");
  return value === "true" || value === "1";
}

/** Forgets the backends that are silent for longer than the stale limit, in memory and in the database. */
async function purgeSilent(deps: ApiDeps) {
  const { balancer, store, clock, settings } = deps;
  const logger = deps.logger.child("purge");
  const gone = balancer.removeSilent(
    settings.staleAfterMs,
    clock.monotonicMs(),
  );
  if (gone.length > 0) {
    logger.info("Silent backends purged", { count: gone.length });
    await acknowledgement(store.removeBackends(gone), logger);
  }
  const body: PurgeAnswer = {
    status: "success",
    purged: gone.length,
    cache_purged: gone.length,
    // The database is read back whole at start, so it never knows a backend that memory doesn't.
    db_purged: 0,
    timestamp: new Date(clock.wallMs()).toISOString(),
  };
  return answer(body);
}

/** Ends every lease, in memory and in the database. Whoever waits for their room gets it at once, and keeps it. */
async function purgeHolds(deps: ApiDeps) {
  const { balancer, clock, logger } = deps;
  const now = clock.monotonicMs();
  const leaseNumbers = balancer.leases(now).map(({ id }) => id);
  const purged = balancer.releaseAll(now);
  await removeLeases(deps, leaseNumbers);
  if (purged > 0) logger.child("purge").info("Holds purged", { count: purged });
  const body: PurgeAnswer = {
    status: "success",
    purged,
    timestamp: new Date(clock.wallMs()).toISOString(),
  };
  return answer(body);
}

/** A purge reads no body; one of a type that no management request has is refused like any other. */
function withoutBody(handle: Handler): Handler {
  return (call) => {
    const kind = bodyKindOf(call.request.headers);
    return typeof kind === "string" ? handle(call) : kind;
  };
}
