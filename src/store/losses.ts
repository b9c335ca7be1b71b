/** Says in the log what no database will ever hold. */
import type { Logger } from "../ports.ts";
import type { PendingWrites } from "./pending_writes.ts";

/** Tells which rows were refused, and once nothing waits any more, what gave way meanwhile. */
export function tellLosses(
  refused: readonly string[],
  pending: PendingWrites,
  logger: Logger,
): void {
  if (refused.length > 0) {
    logger.error("The database refuses rows, which only memory has", {
      rows: refused.length,
      first: refused[0],
    });
  }
  if (pending.size > 0) return;
  const given = Object.entries(pending.takeDropped())
    .filter(([, count]) => count > 0);
  if (given.length > 0) {
    logger.warn(
      "Too many writes waited, the oldest gave way",
      Object.fromEntries(given),
    );
  }
}
