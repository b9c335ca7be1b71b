/** What a terminal is sent so that it shows other lines: only those that differ, so that nothing flickers. */
import type { ScreenLine } from "./top_screen.ts";

/** How lines stand out (ECMA-48, SGR). */
const STYLES = {
  title: "\x1b[1m",
  marked: "\x1b[7m",
  faint: "\x1b[2m",
} as const;
const RED = "\x1b[31m";
const PLAIN = "\x1b[0m";

/** The other screen, without a cursor and without lines that wrap; and back (xterm control sequences, DECSET). */
export const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
/** Back to what was there before. */
export const LEAVE_SCREEN = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
/** Nothing is shown any more. */
export const CLEAR_SCREEN = "\x1b[2J";

/** The line as it is sent. */
export function styled({ text, style }: ScreenLine, hasColor: boolean): string {
  if (style === undefined) return text;
  if (style !== "trouble") return STYLES[style] + text + PLAIN;
  return (hasColor ? RED : STYLES.title) + text + PLAIN;
}

/** What turns the lines that are shown into others. */
export function repaint(
  before: readonly string[],
  after: readonly string[],
): string {
  const changes = after.flatMap((line, row) =>
    line === before[row] ? [] : [`\x1b[${row + 1};1H${line}\x1b[K`]
  );
  const rest = before.length > after.length
    ? `\x1b[${after.length + 1};1H\x1b[J`
    : "";
  return changes.join("") + rest;
}
