/** `opsen server`: the configuration is loaded and checked whole before anything is opened. */
import { loadServerConfig } from "../config/load_server_config.ts";
import { SERVER_ROLE, type ServerConfig } from "../config/server_keys.ts";
import { untilEndSignal } from "../lifecycle.ts";
import { createLogger, type ProgramLogger } from "../log/create_logger.ts";
import { DatabaseUnusableError } from "../store/failure.ts";
import type { Register } from "./command.ts";
import { addConfigFlags, type ConfigFlags } from "./config_flags.ts";
import { databasePath } from "./database_path.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { logNotices, printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";
import { VERSION } from "./version.ts";

/** Below it, Linux asks for CAP_NET_BIND_SERVICE (ip_unprivileged_port_start). */
const UNPRIVILEGED_PORT_MIN = 1024;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  const flags = addConfigFlags(command, SERVER_ROLE);
  command
    .version(VERSION, "-V, --version", "print the version")
    .action(async () => shell.exitWith(await start(flags(), shell)));
};

/** Runs until the process is asked to end; the exit code. */
async function start(
  flags: ConfigFlags,
  shell: Shell,
): Promise<number> {
  const { env, readFile } = shell;
  const loaded = await loadServerConfig({ ...flags, env, readFile });
  if (loaded.kind === "invalid") return printProblems(loaded.problems, shell);
  const { config, notices, sources } = loaded;
  const database = databasePath(config.database, sources.get("database"));
  if (database.kind === "unusable") {
    return printProblems([database.problem], shell);
  }

  await using logger = createLogger({
    level: config.logLevel,
    json: config.jsonLogging,
  });
  logNotices(notices, logger);
  if (database.notice !== undefined) logger.warn(database.notice);
  return await run(config, database.path, logger);
}

async function run(
  config: ServerConfig,
  path: string,
  logger: ProgramLogger,
): Promise<number> {
  using end = untilEndSignal(logger);
  const { runServer } = await import("../server.ts");
  const { CannotListenError, UnusableFileError } = await import(
    "../front_door.ts"
  );
  try {
    return await runServer(config, {
      logger,
      databasePath: path,
      signal: end.signal,
    });
  } catch (error) {
    if (error instanceof DatabaseUnusableError) {
      logger.fatal(error.message);
      return EXIT_CODE.unusableDatabase;
    }
    if (error instanceof UnusableFileError) {
      logger.fatal(error.message);
      return EXIT_CODE.usage;
    }
    if (!(error instanceof CannotListenError)) throw error;
    const reason = listenFault(error.cause, error.address.port);
    if (reason === undefined) throw error;
    logger.fatal(`${error.message}: ${reason}`);
    return EXIT_CODE.unavailable;
  }
}

/** What an operator can do something about, in words. */
function listenFault(error: unknown, port: number): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) {
    return "another program does already";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine has no such address";
  }
  if (
    error instanceof Error && /lookup address|ENOTFOUND/.test(error.message)
  ) {
    return "there is no such host";
  }
  return error instanceof Deno.errors.PermissionDenied &&
      port < UNPRIVILEGED_PORT_MIN
    ? `ports below ${UNPRIVILEGED_PORT_MIN} need a privilege`
    : undefined;
}
