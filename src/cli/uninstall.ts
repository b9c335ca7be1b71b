/** `opsen uninstall`: takes away what `opsen install` put there. */
import { Argument } from "commander";
import type { RoleName } from "../config/role.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { carryOut } from "./install/carry_out.ts";
import {
  isThere,
  obstacle,
  runProgramOf,
  siteFault,
} from "./install/machine.ts";
import { GO_DATABASE, uninstallPlan, unitPath } from "./install/plan.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

const ROLES: readonly RoleName[] = ["server", "client"];

interface UninstallOptions {
  readonly prefix: string;
  readonly root?: string;
  readonly purge?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  command
    .addArgument(
      new Argument("[role]", "what to remove (default: both)")
        .choices([...ROLES]),
    )
    .option("--purge", "remove configuration, database and user too")
    .option("--prefix <folder>", "where the program is", "/usr/local")
    .option("--root <folder>", "remove it from a folder, such as an image")
    .option("--dry-run", "only say what would be done")
    .addHelpText(
      "after",
      "\nThe database of a Go Opsen in /opt/opsen stays, also with --purge." +
        "\nExit codes: 0 removed, 64 wrong flags, 74 a step failed, 77 not possible here",
    )
    .action(async (role: RoleName | undefined, options: UninstallOptions) =>
      shell.exitWith(await uninstall(role, options, shell))
    );
};

async function uninstall(
  role: RoleName | undefined,
  options: UninstallOptions,
  shell: Shell,
): Promise<number> {
  const fault = siteFault(options);
  if (fault !== undefined) {
    endUsage(fault, shell);
    return EXIT_CODE.usage;
  }
  const { prefix, root = "", purge = false, dryRun = false } = options;
  const refusal = obstacle(root);
  if (refusal !== undefined && !dryRun) {
    shell.err(`${refusal}\n`);
    return EXIT_CODE.notPermitted;
  }
  const roles = role === undefined ? ROLES : [role];
  const isLast = !ROLES.some((other) =>
    !roles.includes(other) && isThere(`${root}${unitPath(other)}`)
  );
  const steps = uninstallPlan(roles, {
    prefix,
    isLast,
    isPurge: purge,
    isFolder: root !== "",
    hasGoDatabase: isThere(GO_DATABASE),
  });
  const failure = await carryOut(steps, {
    root,
    isDryRun: dryRun,
    say: (line) => shell.out(`${line}\n`),
    run: runProgramOf,
  });
  if (failure === undefined) return EXIT_CODE.ok;
  shell.err(`${failure}\n`);
  return EXIT_CODE.ioError;
}
