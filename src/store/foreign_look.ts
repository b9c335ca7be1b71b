/** Looks at an interval whether another process wrote, and tells. Owner: the store. */
import type { Logger, Snapshot } from "../ports.ts";
import { messageOf } from "./failure.ts";
import { FOREIGN_LOOK_MS } from "./foreign_writes.ts";

/** Who looks and who is told. */
export interface ForeignLookOptions {
  /** What is new; undefined when nothing is. */
  readonly look: () => Snapshot | undefined;
  readonly tell: (snapshot: Snapshot) => void;
  readonly logger: Logger;
}

/** Looks until disposed of. */
export function foreignLook(
  { look, tell, logger }: ForeignLookOptions,
): Disposable {
  const timer = setInterval(() => {
    const news = look();
    if (news === undefined) return;
    try {
      tell(news);
    } catch (error) {
      logger.error("Cannot take over what another process stored", {
        cause: messageOf(error),
      });
    }
  }, FOREIGN_LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
