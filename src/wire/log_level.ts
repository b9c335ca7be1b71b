/** `/_opsen/log-level`: the level of the log, and for how long. */
import * as z from "zod";
import { LOG_LEVEL_SECONDS_MAX } from "./bounds.ts";

/** The levels, from the one that prints most. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;

/** How long a level holds that is set without saying so. */
export const LOG_LEVEL_SECONDS = 600;

/** `POST /_opsen/log-level`. */
export const logLevelBody = z.object({
  /** The least that is printed: `debug` prints most, `fatal` next to nothing. */
  level: z.enum(LOG_LEVELS),
  /** How long it holds, 600 when absent: whoever forgets it finds no disk full of lines. */
  seconds: z.int().min(1).max(LOG_LEVEL_SECONDS_MAX).nullish(),
}).transform(({ level, seconds }) => ({
  level,
  forMs: (seconds ?? LOG_LEVEL_SECONDS) * 1000,
}));

/** The answer of every method. */
export const logLevelAnswer = z.object({
  /** The level in force. */
  level: z.string(),
  /** When the configured level comes back, RFC 3339; absent when it is that. */
  until: z.string().optional(),
});

/** The JSON of the answer. */
export type LogLevelAnswer = z.output<typeof logLevelAnswer>;
