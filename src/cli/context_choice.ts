/** The context that a command uses, looked up before the command begins. */
import type { Command } from "commander";
import { suggest } from "../config/suggest.ts";
import { type Context, contextsPath, readContexts } from "./contexts_file.ts";
import type { Shell } from "./shell.ts";

/** The context in use, and who said so. */
export interface ChosenContext {
  readonly context: Context;
  /** Whether a flag named it, so that it stands above variables. */
  readonly isFlag: boolean;
}

/** What the look-up leaves among the options of a command. */
export interface ContextOptions {
  readonly chosen?: ChosenContext;
  /** Why there is no telling which context it is, in lines. */
  readonly contextFault?: string;
}

/** Gives a command that asks a server its context, or what is wrong with it. */
export async function chooseContext(
  command: Command,
  shell: Shell,
): Promise<void> {
  const found = await contextOf(command, shell);
  for (const [name, value] of Object.entries(found)) {
    command.setOptionValue(name, value);
  }
}

async function contextOf(
  command: Command,
  shell: Shell,
): Promise<ContextOptions> {
  const flag = command.getOptionValue("context");
  const isFlag = typeof flag === "string";
  const named = isFlag ? flag : shell.env("OPSEN_CONTEXT") ?? "";
  const read = await readContexts(contextsPath(shell), shell);
  if (read.kind === "invalid") {
    return { contextFault: read.problems.join("\n") };
  }
  const name = named === "" ? read.current : named;
  const context = read.all.find((one) => one.name === name);
  if (context !== undefined) return { chosen: { context, isFlag } };
  if (name === "") return {};
  const said = isFlag ? "--context" : "OPSEN_CONTEXT";
  return { contextFault: unknownContext(said, name, read.all) };
}

/** That there is no context of that name, and which there are. */
export function unknownContext(
  said: string,
  name: string,
  all: readonly Context[],
): string {
  const names = all.map((one) => one.name);
  const meant = suggest(name, names);
  const wanted = names.length === 0
    ? 'none, as there are no contexts: "opsen context add NAME --server URL" makes one'
    : meant === undefined
    ? `one of ${names.join(", ")}`
    : `one of ${names.join(", ")}; did you mean "${meant}"`;
  return `${said}: found ${JSON.stringify(name)}, wanted ${wanted}`;
}
