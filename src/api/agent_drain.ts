/** What a machine's own client says of its draining, taken over. Owns no state: the drains are the balancer's. */
import type { Durability } from "../ports.ts";
import type { SaidPresence } from "../wire/presence_body.ts";
import type { ApiDeps } from "./api_deps.ts";
import { removeDrain, saveDrain } from "./saved_drain.ts";

/** What came of it. */
export interface AgentDrain {
  /** Whether nothing is left on the machine, so that its client may end. */
  readonly isDrained: boolean;
  /** The write to wait for; undefined when nothing changed. */
  readonly write: Promise<Durability> | undefined;
}

const NOTHING: AgentDrain = { isDrained: false, write: undefined };

/**
 * Drains the backend or takes it back into service, as its client says. Stored is only what begins or ends: who asks
 * beside an operator says so again with the next message.
 */
export function heedAgent(
  deps: ApiDeps,
  id: string,
  { isDraining }: SaidPresence,
): AgentDrain {
  const { balancer, clock } = deps;
  const now = clock.monotonicMs();
  if (isDraining === undefined) return NOTHING;
  if (!isDraining) {
    return balancer.undrain(id, "agent", now) === "undrained"
      ? { isDrained: false, write: removeDrain(deps, id) }
      : NOTHING;
  }
  const outcome = balancer.drain(id, "agent", now);
  if (outcome.kind !== "draining") return NOTHING;
  const { view } = outcome;
  return {
    isDrained: view.state === "drained",
    write: view.since === now ? saveDrain(deps, id, view) : undefined,
  };
}
