/** A log line for people. */
import { escapeInvisible } from "./escape_invisible.ts";
import type { LogEvent } from "./log_event.ts";
import type { LogLevel } from "./log_level.ts";
import type { Plain } from "./plain_data.ts";

/** SGR parameters of the levels (ECMA-48, 8.3.117): grey, green, yellow, red, white on red. */
const COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: "90",
  info: "32",
  warn: "33",
  error: "31",
  fatal: "97;41",
};

/** Text that needs no quotes: printable ASCII without what could end a value or pass for a name. */
const BARE = /^[!#-&(-+\--<>-Z^-z|~]+$/;

/**
 * `2026-11-20T16:04:00.123Z INFO  store: Message name=value other="two words" (src/store/writer.ts:120)`, the place in the
 * source only where it is known; stacks follow on lines of their own, marked so that none of them can pass for an event.
 */
export function textLine(
  { at, level, module, line: place, plain }: LogEvent,
  colour: boolean,
): string {
  let line = `${at.toISOString()} ${levelName(level, colour)} ${
    escapeInvisible(module)
  }: ${escapeInvisible(plain.message)}`;
  for (const [name, value] of Object.entries(plain.values)) {
    line += ` ${quoted(name)}=${printed(value)}`;
  }
  if (place !== "") line += ` (${escapeInvisible(place)})`;
  for (const stack of plain.stacks) {
    for (const row of stack.split("\n")) {
      line += `\n    | ${escapeInvisible(row)}`;
    }
  }
  return `${line}\n`;
}

/** A level as lines name it. */
export function levelName(level: LogLevel, colour: boolean): string {
  const name = level.toUpperCase().padEnd(5);
  return colour ? `\x1b[${COLOURS[level]}m${name}\x1b[0m` : name;
}

/** Text as the value of a name: in quotes where it could be taken for anything else. */
export function quoted(text: string): string {
  return BARE.test(text) ? text : escapeInvisible(JSON.stringify(text));
}

function printed(value: Plain): string {
  return typeof value === "string"
    ? quoted(value)
    : escapeInvisible(JSON.stringify(value));
}
