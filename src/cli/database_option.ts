/** Finds the database that a command works on: the one of `--db`, else the one a server with this configuration uses. */
import { basename } from "node:path";
import type { Command } from "commander";
import { CONFIG_VARIABLE } from "../config/load.ts";
import { loadServerConfig } from "../config/load_server_config.ts";
import { printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";

/** What a command line says of the database. */
export interface DatabaseOptions {
  readonly db?: string;
  readonly config?: string;
}

/** Adds the flags. */
export function addDatabaseOptions(command: Command): Command {
  return command
    .option("--db <file>", "the database (default: the one of --config)")
    .option(
      "--config <file>",
      `the server's YAML file (env ${CONFIG_VARIABLE}, OPSEN_DATABASE)`,
    );
}

/** The file; undefined when the configuration is wrong, which is printed then. */
export async function databaseOf(
  { db, config: configPath }: DatabaseOptions,
  shell: Shell,
): Promise<string | undefined> {
  if (db !== undefined) return db;
  const { env, readFile } = shell;
  const input = { configPath, flags: [], env, readFile };
  const loaded = await loadServerConfig(input);
  if (loaded.kind === "invalid") {
    printProblems(loaded.problems, shell);
    return undefined;
  }
  const { database } = loaded.config;
  const isDefault = !loaded.sources.has("database");
  // Where a server that may not write the default folder keeps it.
  return isDefault && !isFile(database) && isFile(basename(database))
    ? basename(database)
    : database;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
