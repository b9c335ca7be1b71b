/**
 * The shape of a subcommand of `opsen`.
 *
 * To add one, write `src/cli/NAME.ts` that exports a {@link Register}, and add one entry to `commands.ts`. Help, typo
 * suggestions, Go style flags and shell completions follow from what the function registers.
 */
import type { Command } from "commander";
import type { Shell } from "./shell.ts";

/** A subcommand as the program lists it before its module is loaded. */
export interface CommandEntry {
  /** The word after `opsen`. */
  readonly name: string;
  /** One line for `opsen --help`: starts with a verb, no final period. */
  readonly summary: string;
  /** Imports the module, so that a start pays only for the command it runs. */
  load(): Promise<Register>;
}

/**
 * Adds arguments, flags, subcommands and the action to `command`, which has its name and summary already. An action
 * says its outcome with `shell.exitWith(code)`; what it throws is reported as unexpected, exit code 70.
 */
export type Register = (command: Command, shell: Shell) => void;
