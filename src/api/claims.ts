/**
 * Two machines that claim one id are noticed and named: in the log, as an event, in `GET /clients`, and in the answers
 * to both of them. Owns who spoke lately under which id; bounded by the fleet.
 */
import { type Claimant, Claims, type Conflict } from "../policy/claims.ts";
import type { ApiDeps } from "./api_deps.ts";

/** What it watches with. */
export type ClaimDeps = Pick<
  ApiDeps,
  "balancer" | "clock" | "logger" | "events"
>;

/** Watches who speaks under which id. */
export class ClaimWatch {
  readonly #deps: ClaimDeps;
  readonly #claims = new Claims();

  constructor(deps: ClaimDeps) {
    this.#deps = deps;
  }

  /** A message under an id was taken; words for its sender when another machine uses the id too. */
  hear(id: string, claimant: Claimant): string | undefined {
    const { balancer, clock, logger } = this.#deps;
    const now = clock.monotonicMs();
    const news = this.#claims.hear(id, claimant, now, balancer.size);
    switch (news.kind) {
      case "begun":
        this.#announce(id, news.conflict);
        break;
      case "ended":
        logger.child("claims").info("One machine alone uses the id again", {
          id,
        });
        break;
      case "none":
        break;
    }
    // A Go client looks at the status only.
    if (claimant.instance === undefined) return undefined;
    const conflict = this.#claims.conflictOf(id, now);
    return conflict && wordsOf(conflict);
  }

  /** The machines that use an id, when there are several. */
  conflictOf(id: string): Conflict | undefined {
    return this.#claims.conflictOf(id, this.#deps.clock.monotonicMs());
  }

  #announce(id: string, conflict: Conflict): void {
    const { logger, events } = this.#deps;
    logger.child("claims").warn(wordsOf(conflict), { id });
    const machines = conflict.claimants.map((claimant) => ({
      hostname: claimant.hostname,
      local_ip: claimant.localIp,
      public_ip: claimant.publicIp,
    }));
    events?.emit({
      type: "backend.conflict",
      data: { client_id: id, machines },
    });
  }
}

function wordsOf({ claimants }: Conflict): string {
  const names = claimants.map(nameOf).join(" and ");
  return `Several machines use one id: ${names}; give each its own "client_id" or "state_dir"`;
}

function nameOf({ hostname, localIp, publicIp }: Claimant): string {
  const addresses = [...new Set([localIp, publicIp])].filter((ip) => ip !== "");
  return `"${hostname}" (${addresses.join(", ") || "address unknown"})`;
}
