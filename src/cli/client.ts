/** `opsen client`: the configuration is loaded and checked whole before anything is measured or sent. */
import { UnusableTlsFileError } from "../agent/client_tls.ts";
import { readSecret } from "../agent/secret_file.ts";
import { CLIENT_ROLE, type ClientConfig } from "../config/client_keys.ts";
import { loadClientConfig } from "../config/load_client_config.ts";
import type { SecretContent } from "../config/secret_file.ts";
import { systemClock, systemRandom, untilEndSignal } from "../lifecycle.ts";
import { createLogger } from "../log/create_logger.ts";
import { isJournal } from "../log/journal.ts";
import type { Register } from "./command.ts";
import { addConfigFlags, type ConfigFlags } from "./config_flags.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { logNotices, printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";
import { VERSION } from "./version.ts";

/** Tells a machine where it is and under which address the Internet sees it (https://ipapi.co/api/). */
const PLACE_SERVICE_URL = "https://ipapi.co/json/";

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
    journal: isJournal(env("JOURNAL_STREAM")),
  });
  logNotices(notices, logger);
  using end = untilEndSignal(logger);
  const key = await serverKeyOf(config);
  if (key.kind === "unusable") {
    logger.error(key.reason);
    return EXIT_CODE.usage;
  }
  const { runClient } = await import("../client.ts");
  try {
    return await runClient({ ...config, serverKey: key.secret }, {
      clock: systemClock,
      random: systemRandom,
      logger,
      signal: end.signal,
      environment: env,
      placeServiceUrl: PLACE_SERVICE_URL,
    });
  } catch (error) {
    if (!(error instanceof UnusableTlsFileError)) throw error;
    logger.error(error.message);
    return EXIT_CODE.usage;
  }
}

async function serverKeyOf(
  { serverKey, serverKeyFile }: ClientConfig,
): Promise<SecretContent> {
  return serverKeyFile === ""
    ? { kind: "secret", secret: serverKey }
    : await readSecret("server_key_file", serverKeyFile);
}
