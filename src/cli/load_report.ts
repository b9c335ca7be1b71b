/** Tells the operator what came of loading a configuration. */
import type { Notice } from "../config/notice.ts";
import { isJournal, withPriority } from "../log/journal.ts";
import type { Logger } from "../ports.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { Shell } from "./shell.ts";

/** Prints what is wrong, a line each; the exit code. */
export function printProblems(
  problems: readonly string[],
  shell: Shell,
): number {
  const text = problems.map((problem) => `${problem}\n`).join("");
  const isRead = isJournal(shell.env("JOURNAL_STREAM"));
  shell.err(isRead ? withPriority("error", text) : text);
  return EXIT_CODE.usage;
}

/** Logs what is to be said of a valid configuration. */
export function logNotices(notices: readonly Notice[], logger: Logger): void {
  for (const { level, message } of notices) logger[level](message);
}
