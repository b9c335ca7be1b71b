/** What can be completed after which words: the program's definition without its behaviour. */
import type { Command, Option } from "commander";

/** Prints the names of the contexts, whose number changes after a script was made. */
export const CONTEXT_NAMES = "opsen context list --names 2>/dev/null";

/** A command with what can follow it. */
export interface CompletionNode {
  /** The words that lead here, without `opsen`; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly CompletionWord[];
  readonly flags: readonly CompletionFlag[];
  /** Whether the name of a context can follow. */
  readonly takesContext: boolean;
}

/** A word with its explanation. */
export interface CompletionWord {
  readonly name: string;
  readonly help: string;
}

/** A flag, with its dashes. */
export interface CompletionFlag extends CompletionWord {
  /** What can follow the flag: words, the name of a context, a value of the caller's own, or another argument. */
  readonly value: "none" | "any" | "context" | readonly string[];
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
    takesContext: command.registeredArguments
      .some((argument) => argument.name() === "context"),
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
  if (option.long === "--context") return "context";
  return option.required ? "any" : "none";
}
