/** Drains on their way to the store: from the monotonic clock of decisions to the wall clock. */
import type { DrainView } from "../engine/drain.ts";
import type { Durability } from "../ports.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";

/** Stores a drain as it is now; settles with how safe that is. */
export function saveDrain(
  { store, clock, logger }: ApiDeps,
  backendId: string,
  { by, since, deadlineAt }: DrainView,
): Promise<Durability> {
  const startedMs = clock.wallMs() - clock.monotonicMs();
  const wallMs = (at: number) => Math.round(startedMs + at);
  return acknowledgement(
    store.saveDrain({
      backendId,
      by,
      sinceMs: wallMs(since),
      deadlineMs: deadlineAt === undefined ? undefined : wallMs(deadlineAt),
    }),
    logger,
  );
}

/** Forgets that a backend was being drained; settles with how safe that is. */
export function removeDrain(
  { store, logger }: ApiDeps,
  backendId: string,
): Promise<Durability> {
  return acknowledgement(store.removeDrain(backendId), logger);
}
