/** `opsen client`: the configuration is loaded and checked whole before anything is measured or sent. */
import { CLIENT_ROLE } from "../config/client_keys.ts";
import { loadClientConfig } from "../config/load_client_config.ts";
import { systemClock, systemRandom, untilEndSignal } from "../lifecycle.ts";
import { createLogger } from "../log/create_logger.ts";
import type { Register } from "./command.ts";
import { addConfigFlags, type ConfigFlags } from "./config_flags.ts";
import { logNotices, printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";
import { VERSION } from "./version.ts";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  const flags = addConfigFlags(command, CLIENT_ROLE);
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
  const loaded = await loadClientConfig({ ...flags, env, readFile });
  if (loaded.kind === "invalid") return printProblems(loaded.problems, shell);
  const { config, notices } = loaded;

  await using logger = createLogger({
    level: config.logLevel,
    json: config.jsonLogging,
  });
  logNotices(notices, logger);
  using end = untilEndSignal(logger);
  const { runClient } = await import("../client.ts");
  return await runClient(config, {
    clock: systemClock,
    random: systemRandom,
    logger,
    signal: end.signal,
    environment: env,
  });
}
