/** What can be completed after which words: the program's definition without its behaviour. */
import type { Command, Option } from "commander";

/** A command with what can follow it. */
export interface CompletionNode {
  /** The words that lead here, without `opsen`; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly CompletionWord[];
  readonly flags: readonly CompletionFlag[];
}

/** A word with its explanation. */
export interface CompletionWord {
  readonly name: string;
  readonly help: string;
}

/** A flag, with its dashes. */
export interface CompletionFlag extends CompletionWord {
  /** What can follow the flag: words, a value of the caller's own, or another argument. */
  readonly value: "none" | "any" | readonly string[];
}

/** The command and all below it. */
export function completionNodes(
  command: Command,
  path: readonly string[] = [],
): CompletionNode[] {
  const help = command.createHelp();
  const below = command.commands.flatMap((inner) =>
    completionNodes(inner, [...path, inner.name()])
  );
  const words = command.registeredArguments.flatMap(({ argChoices = [] }) =>
    argChoices.map((name) => ({ name, help: "" }))
  );
  const commands = help.visibleCommands(command)
    .map((inner) => ({ name: inner.name(), help: inner.description() }));
  return [{
    path,
    commands: [...commands, ...words],
    flags: help.visibleOptions(command).flatMap(flagsOf),
  }, ...below];
}

/** An option can have two long names, as `--db` and `--database`. */
function flagsOf(option: Option): CompletionFlag[] {
  return [option.long, option.short].flatMap((name) =>
    name?.startsWith("--")
      ? [{ name, help: option.description, value: valueOf(option) }]
      : []
  );
}

function valueOf(option: Option): CompletionFlag["value"] {
  if (option.argChoices !== undefined) return option.argChoices;
  return option.required ? "any" : "none";
}
