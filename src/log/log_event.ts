/** What happened, ready to be written down. */
import type { LogLevel } from "./log_level.ts";
import type { PlainData } from "./plain_data.ts";

/** One event of the log. */
export interface LogEvent {
  readonly at: Date;
  readonly level: LogLevel;
  readonly module: string;
  /** Where in the source it was said, `src/store/writer.ts:120`; empty when nobody wants to know. */
  readonly line: string;
  readonly plain: PlainData;
}
