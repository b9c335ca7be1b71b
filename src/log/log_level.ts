/** How loud a log line is. */

/** The levels from quiet to loud; a log prints its own level and the louder ones. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];
