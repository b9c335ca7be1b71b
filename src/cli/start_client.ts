/** Starts the client: the configuration is loaded and checked whole before anything is measured or sent. */
import { loadClientConfig } from "../config/load_client_config.ts";
import { systemClock, systemRandom, untilEndSignal } from "../lifecycle.ts";
import { createLogger } from "../log/create_logger.ts";
import type { ConfigFlags } from "./config_flags.ts";
import { logNotices, printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";

/** Runs the client until it is asked to end; the exit code. */
export async function startClient(
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
    environment: (name) => shell.env(name),
  });
}
