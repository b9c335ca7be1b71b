/** Waiting for the store before an answer leaves, so that what was acknowledged survives a kill -9. */
import type { Durability, Logger } from "../ports.ts";

/**
 * Settles with how safe the write is. The decision has been made and booked by now, so a store that breaks its promise
 * changes the answer to "in memory only" and not to a failure.
 */
export function acknowledgement(
  write: Promise<Durability>,
  logger: Logger,
): Promise<Durability> {
  return write.catch((error) => {
    logger.error("Store failed to acknowledge a write", { error });
    return "memory";
  });
}
