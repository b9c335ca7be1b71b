/** The program: from arguments to an exit code. Only the module of the command that is asked for is loaded. */
import { Command, CommanderError } from "commander";
import type { RoleName } from "../config/role.ts";
import type { CommandEntry } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { withTwoDashes } from "./go_style.ts";
import type { Shell } from "./shell.ts";
import { withoutValues } from "./usage_words.ts";
import { VERSION } from "./version.ts";

/** Runs `opsen` with these arguments; the exit code. */
export async function runProgram(
  args: readonly string[],
  shell: Shell,
): Promise<number> {
  const name = commandNamed(args);
  const entries = COMMANDS.filter((entry) => entry.name === name);
  return await run(args, shell, () => programWith(entries, shell));
}

/** Runs one role as a program of its own, such as `opsen-server`, which behaves like `opsen server`. */
export async function runRole(
  role: RoleName,
  args: readonly string[],
  shell: Shell,
): Promise<number> {
  return await run(args, shell, async () => {
    const command = prepared(new Command(`opsen-${role}`), shell);
    for (const entry of COMMANDS.filter(({ name }) => name === role)) {
      command.description(entry.summary);
      (await entry.load())(command, shell);
    }
    return command;
  });
}

/** The whole program, with every command loaded: what completions are made of. */
export async function wholeProgram(shell: Shell): Promise<Command> {
  return await programWith(COMMANDS, shell);
}

/** The program with the modules of these commands; of the others it knows the names. */
async function programWith(
  loaded: readonly CommandEntry[],
  shell: Shell,
): Promise<Command> {
  const program = prepared(new Command("opsen"), shell)
    .description("Resource-aware load balancer")
    .version(VERSION, "-V, --version", "print the version");
  program.hook("preAction", async (_, command) => {
    if (!command.options.some(({ long }) => long === "--context")) return;
    const { chooseContext } = await import("./context_choice.ts");
    await chooseContext(command, shell);
  });
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).description(entry.summary);
    if (loaded.includes(entry)) (await entry.load())(command, shell);
  }
  return program;
}

function prepared(command: Command, shell: Shell): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.out(text),
      writeErr: (text) => shell.err(text),
      outputError: (text, write) => write(withoutValues(text)),
    })
    .showHelpAfterError("(--help lists what there is)");
}

async function run(
  args: readonly string[],
  shell: Shell,
  build: () => Promise<Command>,
): Promise<number> {
  try {
    const program = await build();
    await program.parseAsync(withTwoDashes(args, program), { from: "user" });
    return shell.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error);
    shell.err(`${unexpected(error, wantsStack(args, shell))}\n`);
    return EXIT_CODE.software;
  }
}

/** The first word that is no flag, or the one after `help`; flags before a command have no values. */
function commandNamed(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/**
 * Help and version that were asked for are no errors; help instead of a missing command is one. Commander says 1 of
 * every error; another code is that of a command with codes of its own.
 */
function usageExit({ exitCode }: CommanderError): number {
  return exitCode === 1 ? EXIT_CODE.usage : exitCode;
}

function unexpected(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return `Unexpected error: ${String(error)}`;
  const { name, message, stack } = error;
  return withStack && stack !== undefined
    ? `Unexpected error: ${stack}`
    : `Unexpected error: ${name}: ${
      message.split("\n", 1)[0]
    } (OPSEN_LOG_LEVEL=debug shows more)`;
}

function wantsStack(args: readonly string[], shell: Shell): boolean {
  const flag = args.findLastIndex((arg) => /^--?log-level(=|$)/.test(arg));
  if (flag < 0) return shell.env("OPSEN_LOG_LEVEL") === "debug";
  return args[flag]?.endsWith("=debug") || args[flag + 1] === "debug";
}
