/** `opsen server`: the configuration is loaded and checked whole before anything is opened. */
import type { Spot } from "../config/given.ts";
import { SERVER_ROLE } from "../config/server_keys.ts";
import {
  ReloadSignal,
  surviveStrayErrors,
  systemClock,
  untilEndSignal,
} from "../lifecycle.ts";
import { createLogger, type ProgramLogger } from "../log/create_logger.ts";
import { isJournal } from "../log/journal.ts";
import { LevelControl } from "../log/level_control.ts";
import { requesterOver, SYSTEM_NETWORK } from "../reload/request_document.ts";
import { chooseStart, type StartChoice } from "../reload/start.ts";
import { UrlSource } from "../reload/url_source.ts";
import { versionFolderPath } from "../reload/version_folder.ts";
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
  const chosen = await chooseStart({
    input: { ...flags, env, readFile },
    url: new UrlSource(requesterOver(SYSTEM_NETWORK)),
    folderFor: versionFolder,
  });
  if (chosen.kind === "invalid") return printProblems(chosen.problems, shell);
  const { config, notices, sources } = chosen;
  const database = databasePath(config.database, sources.get("database"));
  if (database.kind === "unusable") {
    return printProblems([database.problem], shell);
  }

  await using logger = createLogger({
    level: config.logLevel,
    json: config.jsonLogging,
    journal: isJournal(env("JOURNAL_STREAM")),
  });
  logNotices(notices, logger);
  if (database.notice !== undefined) logger.warn(database.notice);
  return await run(chosen, database.path, logger);
}

/** Where old versions of the configuration are kept: beside the database. */
function versionFolder(
  database: string,
  spot: Spot | undefined,
): string | undefined {
  const found = databasePath(database, spot);
  return found.kind === "found" ? versionFolderPath(found.path) : undefined;
}

async function run(
  chosen: StartChoice,
  path: string,
  logger: ProgramLogger,
): Promise<number> {
  using logLevel = new LevelControl(chosen.config.logLevel, {
    logger,
    clock: systemClock,
  });
  using end = untilEndSignal(logger);
  using reloadSignal = new ReloadSignal();
  using _survival = surviveStrayErrors(logger);
  const { runServer } = await import("../server.ts");
  const { CannotListenError } = await import("../server/listening.ts");
  const { UnusableFileError } = await import("../server/named_file.ts");
  try {
    return await runServer(chosen.config, {
      logger,
      databasePath: path,
      signal: end.signal,
      start: chosen,
      reloadSignal,
      logLevel,
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
