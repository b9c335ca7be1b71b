/**
 * Lines for systemd's journal, which reads their priority from a mark at their beginning (sd-daemon(3)), so that
 * `journalctl -p warning` finds them.
 */
import { fstatSync } from "node:fs";
import type { LogLevel } from "./log_level.ts";

/** Of syslog(3). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
  fatal: 2,
};

const STANDARD_ERROR = 2;

/**
 * Whether standard error goes to the journal: `JOURNAL_STREAM` names device and inode of the stream that systemd opened
 * (systemd.exec(5)), and whoever started this process may have put something else in its place.
 */
export function isJournal(journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(STANDARD_ERROR, { bigint: true });
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Text of whole lines with the mark before each; the journal takes every line as an entry of its own. */
export function withPriority(level: LogLevel, text: string): string {
  return text.replaceAll(/^.*\n/gm, `<${PRIORITIES[level]}>$&`);
}
