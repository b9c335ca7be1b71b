/**
 * Flags in the style of Go, which existing units and scripts use: `-config server.yml`, `-port=9000`. They become
 * `--config` and `--port` before the command line is parsed.
 */
import type { Command, Option } from "commander";

/** The arguments with two dashes before every long flag. Values of flags, and what follows `--`, stay as they are. */
export function withTwoDashes(
  args: readonly string[],
  program: Command,
): string[] {
  const options = optionsOf(program);
  const result: string[] = [];
  let isValue = false;
  for (const [index, arg] of args.entries()) {
    if (arg === "--" && !isValue) return [...result, ...args.slice(index)];
    const parts: string[] = isValue ? [arg] : flagParts(arg, options);
    result.push(...parts);
    const [flag = ""] = parts;
    isValue = !isValue && parts.length === 1 &&
      options.some((option) => option.required && isNamed(option, flag));
  }
  return result;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}

/**
 * The argument as commander should see it. An unknown flag is parted from its value: commander repeats unknown flags
 * in its messages, and the value may be a key.
 */
function flagParts(arg: string, options: readonly Option[]): string[] {
  const [, dashes = "", name = "", value] =
    /^(--?)([A-Za-z][A-Za-z0-9-]+)(?:=(.*))?$/s.exec(arg) ?? [];
  if (dashes === "") return [arg];
  const isShort = dashes === "-" &&
    options.some(({ short }) => short === `-${name.charAt(0)}`);
  const isKnown = options.some((option) => isNamed(option, `--${name}`));
  if (isShort && !isKnown) return [arg];
  if (value === undefined) return [`--${name}`];
  return isKnown ? [`--${name}=${value}`] : [`--${name}`, value];
}

function isNamed({ long, short }: Option, flag: string): boolean {
  return flag === long || flag === short;
}
