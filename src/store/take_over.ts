/** A fresh database gets what the damaged one that was set aside still holds. */
import type { DatabaseSync } from "node:sqlite";
import type { Clock, Logger, Snapshot } from "../ports.ts";
import { auditOf, READ_NEWEST_AUDIT } from "./audit_row.ts";
import { writeBatch } from "./batch.ts";
import type { Database } from "./database.ts";
import type { Deletions } from "./deletions.ts";
import { saveLost, withoutChanged } from "./lost_file.ts";
import type { PendingWrites } from "./pending_writes.ts";
import { salvage, salvageAudit, salvageTrust } from "./salvage.ts";
import type { TrustMemory } from "./trust_memory.ts";

/** What taking over needs. */
export interface TakeOverParts {
  readonly pending: PendingWrites;
  readonly deletions: Deletions;
  readonly trust: TrustMemory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most sticky assignments that are taken. */
  readonly stickyMax: number;
}

/**
 * Reads what is left of the damaged file and writes it at once, so that a kill -9 takes nothing of it; what the fresh
 * database can't take yet is on its way. Returns what was read, without what was changed since.
 */
export function takeOver(
  damaged: string,
  database: Database,
  { pending, deletions, trust, clock, logger, stickyMax }: TakeOverParts,
): Snapshot {
  const nowMs = clock.wallMs();
  const held = withoutChanged(pending, salvage(damaged, nowMs, stickyMax));
  const heldTrust = salvageTrust(damaged);
  trust.takeOver(heldTrust);
  takeOverAudit(damaged, pending);
  saveLost(pending, held, nowMs);
  logger.warn("What can be read of the damaged database is taken over", {
    backends: held.backends.length,
    sticky: held.sticky.length,
    leases: held.leases.length,
    drains: held.drains.length,
    keys: heldTrust.keys.length,
    tokens: heldTrust.tokens.length,
  });
  try {
    while (pending.size > 0) {
      const { written, refused } = writeBatch(database, pending, deletions);
      if (written + refused.length === 0) break;
    }
  } catch {
    // The next turn meets the same obstacle, says so, and writes it later.
  }
  return held;
}

/** The newest lines of the audit trail that can be read of the damaged file, as many as may wait, are on their way. */
export function takeOverAudit(damaged: string, pending: PendingWrites): void {
  const { audit } = pending.trust;
  for (const entry of salvageAudit(damaged, audit.room)) {
    pending.trust.saveAudit(entry);
  }
}

/** The same of a file that lost its name, and that a connection still reads. */
export function keepAudit(
  connection: DatabaseSync,
  pending: PendingWrites,
): void {
  const { audit } = pending.trust;
  const newestFirst = connection.prepare(READ_NEWEST_AUDIT).all(audit.room)
    .map(auditOf).filter((entry) => entry !== undefined);
  for (const entry of newestFirst.reverse()) pending.trust.saveAudit(entry);
}
