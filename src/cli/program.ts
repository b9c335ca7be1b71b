/**
 * The program: from arguments to an exit code. Commander is loaded only where there is something for it to explain: it
 * is a tenth of the 60 MB that the client may use, and a unit's plain flags are read without it.
 */
import type { RoleName } from "../config/role.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { Shell } from "./shell.ts";

/** Runs `opsen` with these arguments; the exit code. */
export async function runProgram(
  args: readonly string[],
  shell: Shell,
): Promise<number> {
  return await guarded(args, shell, async () => {
    const [name, ...rest] = args;
    const isRole = name === "server" || name === "client";
    const code = isRole ? await startPlainly(name, rest, shell) : undefined;
    if (code !== undefined) return code;
    const { runCommandLine } = await import("./command_line.ts");
    return await runCommandLine(args, shell);
  });
}

/** Runs one role as a program of its own, such as `opsen-server`, which behaves like `opsen server`. */
export async function runRole(
  role: RoleName,
  args: readonly string[],
  shell: Shell,
): Promise<number> {
  return await guarded(args, shell, async () => {
    const code = await startPlainly(role, args, shell);
    if (code !== undefined) return code;
    const { runRoleLine } = await import("./command_line.ts");
    return await runRoleLine(role, args, shell);
  });
}

/** Starts a role when its arguments are nothing but flags and values as they should be; its exit code. */
async function startPlainly(
  role: RoleName,
  args: readonly string[],
  shell: Shell,
): Promise<number | undefined> {
  const { plainFlags } = await import("./plain_flags.ts");
  if (role === "server") {
    const { SERVER_ROLE } = await import("../config/server_keys.ts");
    const flags = plainFlags(args, SERVER_ROLE);
    if (flags === undefined) return undefined;
    const { startServer } = await import("./start_server.ts");
    return await startServer(flags, shell);
  }
  const { CLIENT_ROLE } = await import("../config/client_keys.ts");
  const flags = plainFlags(args, CLIENT_ROLE);
  if (flags === undefined) return undefined;
  const { startClient } = await import("./start_client.ts");
  return await startClient(flags, shell);
}

async function guarded(
  args: readonly string[],
  shell: Shell,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    shell.err(`${unexpected(error, wantsStack(args, shell))}\n`);
    return EXIT_CODE.software;
  }
}

function unexpected(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return `Unexpected error: ${String(error)}`;
  const { name, message, stack } = error;
  return withStack && stack !== undefined
    ? `Unexpected error: ${stack}`
    : `Unexpected error: ${name}: ${
      message.split("\n", 1)[0]
    } (--log-level debug shows more)`;
}

function wantsStack(args: readonly string[], shell: Shell): boolean {
  const flag = args.findLastIndex((arg) => /^--?log-level(=|$)/.test(arg));
  if (flag < 0) return shell.env("OPSEN_LOG_LEVEL") === "debug";
  return args[flag]?.endsWith("=debug") || args[flag + 1] === "debug";
}
