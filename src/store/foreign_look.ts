/** Looks at an interval whether another process wrote, and tells. Owner: the store. */
import type { Logger } from "../ports.ts";
import { messageOf } from "./failure.ts";
import { FOREIGN_LOOK_MS } from "./foreign_writes.ts";

/** Who looks and who is told. */
export interface ForeignLookOptions<News> {
  /** What is new; undefined when nothing is. */
  readonly look: () => News | undefined;
  readonly tell: (news: News) => void;
  readonly logger: Logger;
}

/** Looks until disposed of. */
export function foreignLook<News>(
  { look, tell, logger }: ForeignLookOptions<News>,
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
