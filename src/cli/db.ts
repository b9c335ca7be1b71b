/** `opsen db`: checks, copies and shrinks the database, also while a server uses it. */
import { checkDatabase, type DatabaseCheck } from "../store/check_database.ts";
import { copyDatabase } from "../store/copy_database.ts";
import { DatabaseUnusableError } from "../store/failure.ts";
import { vacuumDatabase } from "../store/vacuum_database.ts";
import type { Register } from "./command.ts";
import {
  addDatabaseOptions,
  databaseOf,
  type DatabaseOptions,
} from "./database_option.ts";
import { bytesText, checkText } from "./database_words.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { shareBar } from "./share_bar.ts";
import type { Shell } from "./shell.ts";

interface CheckOptions extends DatabaseOptions {
  readonly full?: boolean;
  readonly json?: boolean;
}

interface BackupOptions extends DatabaseOptions {
  readonly force?: boolean;
}

/** Exit code by what a check found. */
const CODES: Readonly<Record<DatabaseCheck["verdict"], number>> = {
  fine: EXIT_CODE.ok,
  findings: EXIT_CODE.findings,
  damaged: EXIT_CODE.damagedDatabase,
};

/** Adds the subcommands, their flags and what they do. */
export const register: Register = (command, shell) => {
  addDatabaseOptions(command.command("check"))
    .description("tell whether it is whole, and what is in it")
    .option("--full", "read every index too, which takes longer")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 fine, 1 usable with findings, 65 damaged, 74 no database there",
    )
    .action((options: CheckOptions) =>
      onDatabase(options, shell, (path) => check(path, options, shell))
    );
  addDatabaseOptions(command.command("backup"))
    .description("copy it as it is at this moment, and check the copy")
    .argument("<file>", "the new file, which only its owner may read")
    .option("--force", "replace a file of that name")
    .action((file: string, options: BackupOptions) =>
      onDatabase(options, shell, (path) => backup(path, file, options, shell))
    );
  addDatabaseOptions(command.command("vacuum"))
    .description("give the room of deleted rows back to the disk")
    .addHelpText(
      "after",
      "\nNeeds twice the size of the database on its disk. A server that uses it decides from memory meanwhile.",
    )
    .action((options: DatabaseOptions) =>
      onDatabase(options, shell, (path) => vacuum(path, shell))
    );
};

/** Finds the database and works on it; what can't be used is said in one line. */
async function onDatabase(
  options: DatabaseOptions,
  shell: Shell,
  work: (path: string) => number | Promise<number>,
): Promise<void> {
  const path = await databaseOf(options, shell);
  if (path === undefined) return shell.exitWith(EXIT_CODE.usage);
  try {
    shell.exitWith(await work(path));
  } catch (error) {
    if (!(error instanceof DatabaseUnusableError)) throw error;
    shell.err(`${error.message}\n`);
    shell.exitWith(EXIT_CODE.unusableDatabase);
  }
}

function check(path: string, options: CheckOptions, shell: Shell): number {
  const found = checkDatabase(path, options.full ? "full" : "quick");
  shell.out(
    options.json ? `${jsonOf(path, found)}\n` : checkText(path, found),
  );
  return CODES[found.verdict];
}

function jsonOf(path: string, found: DatabaseCheck): string {
  return JSON.stringify(
    {
      path,
      verdict: found.verdict,
      damage: found.damage,
      findings: found.findings,
      schema_version: found.schemaVersion ?? null,
      rows: found.rows,
      bytes: found.bytes,
      log_bytes: found.logBytes,
      oldest_report: found.oldestReport ?? null,
      newest_report: found.newestReport ?? null,
    },
    null,
    2,
  );
}

async function backup(
  from: string,
  to: string,
  { force = false }: BackupOptions,
  shell: Shell,
): Promise<number> {
  const bar = shareBar(shell, Deno.stderr.isTerminal());
  const size = await copyDatabase({
    from,
    to,
    mayReplace: force,
    onProgress: (share) => bar.show(share),
  }).finally(() => bar.end());
  shell.out(`"${from}" is copied to "${to}": ${bytesText(size)}, whole\n`);
  return EXIT_CODE.ok;
}

function vacuum(path: string, shell: Shell): number {
  const { bytesBefore, bytesAfter } = vacuumDatabase(path);
  shell.out(
    `"${path}" had ${bytesText(bytesBefore)} and has ${
      bytesText(bytesAfter)
    } now\n`,
  );
  return EXIT_CODE.ok;
}
