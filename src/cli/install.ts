/** `opsen install`: makes a service of the running executable, for people without a package. */
import { Argument } from "commander";
import type { RoleName } from "../config/role.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { carryOut } from "./install/carry_out.ts";
import {
  isThere,
  machineFacts,
  obstacle,
  runningExecutable,
  runProgramOf,
  siteFault,
} from "./install/machine.ts";
import {
  CONFIG_FOLDER,
  configValues,
  type InstallAsk,
  installPlan,
} from "./install/plan.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

interface InstallOptions {
  readonly prefix: string;
  readonly root?: string;
  readonly server?: string;
  readonly keyFile?: string;
  readonly executable?: string;
  readonly enable?: boolean;
  readonly now?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  command
    .addArgument(
      new Argument("<role>", "what runs on this machine")
        .choices(["server", "client"]),
    )
    .option("--server <url>", "URL of the server, for a client")
    .option(
      "--key-file <file>",
      "file with the server's key, copied to /etc/opsen",
    )
    .option("--enable", "have it start with the machine")
    .option("--now", "start it, or start it again")
    .option("--prefix <folder>", "where the program goes", "/usr/local")
    .option(
      "--root <folder>",
      "install into a folder, such as an image; starts nothing",
    )
    .option("--executable <file>", "what to install (default: the running one)")
    .option("--dry-run", "only say what would be done")
    .addHelpText(
      "after",
      "\nDoing it again replaces the program and the unit; the configuration stays as it is." +
        "\nExit codes: 0 installed, 64 wrong flags, 74 a step failed, 77 not possible here",
    )
    .action(async (role: RoleName, options: InstallOptions) =>
      shell.exitWith(await install(role, options, shell))
    );
};

async function install(
  role: RoleName,
  options: InstallOptions,
  shell: Shell,
): Promise<number> {
  const fault = usageFault(role, options);
  if (fault !== undefined) {
    endUsage(fault, shell);
    return EXIT_CODE.usage;
  }
  const { root = "", prefix, server, keyFile, dryRun = false } = options;
  const refusal = obstacle(root);
  // What would be done can be told to anybody.
  if (refusal !== undefined && !dryRun) {
    shell.err(`${refusal}\n`);
    return EXIT_CODE.notPermitted;
  }
  const executable = options.executable ?? runningExecutable(shell.env);
  if (executable === undefined) {
    shell.err(
      "Deno runs the sources, so that there is no executable to install: make one (deno task build) and run its install\n",
    );
    return EXIT_CODE.notPermitted;
  }
  const ask: InstallAsk = {
    ...{ role, executable, prefix },
    ...server === undefined ? {} : { server },
    ...keyFile === undefined ? {} : { keyFile },
    isEnabled: options.enable ?? false,
    isStarted: options.now ?? false,
  };
  const unsaid = unsaidIn(`${root}${CONFIG_FOLDER}/${role}.yml`, ask);
  const failure = await carryOut(installPlan(ask, machineFacts(root)), {
    root,
    isDryRun: dryRun,
    say: (line) => shell.out(`${line}\n`),
    run: runProgramOf,
  });
  if (failure !== undefined) {
    shell.err(`${failure}\n`);
    return EXIT_CODE.ioError;
  }
  shell.out(`\n${unsaid}${next(ask, root, dryRun)}\n`);
  return EXIT_CODE.ok;
}

function usageFault(
  role: RoleName,
  { server, root, prefix, now, enable }: InstallOptions,
): string | undefined {
  if (server !== undefined) {
    if (role === "server") return "--server: only a client has a server";
    if (!/^https?:\/\/[^\s/]+/.test(server)) {
      return `--server: found "${server}", wanted a URL such as http://10.0.0.5:8080`;
    }
  }
  const fault = siteFault({ prefix, ...root !== undefined && { root } });
  if (fault !== undefined) return fault;
  if (root !== undefined && (now || enable)) {
    return "--root: nothing runs in a folder, so that --enable and --now do nothing there";
  }
  return undefined;
}

/** What a configuration that stays as it was does not say of what was asked, as the line to tell; "" when it is new. */
function unsaidIn(path: string, ask: InstallAsk): string {
  if (!isThere(path)) return "";
  const wanted = Object.entries(configValues(ask))
    .flatMap(([key, value]) => value === undefined ? [] : [`${key}: ${value}`]);
  return wanted.length === 0
    ? ""
    : `${CONFIG_FOLDER}/${ask.role}.yml was there and stays as it is; see that it says ${
      wanted.join(", ")
    }\n`;
}

/** What to do next. */
function next(ask: InstallAsk, root: string, isDryRun: boolean): string {
  const { role, server, isEnabled, isStarted } = ask;
  const config = `${CONFIG_FOLDER}/${role}.yml`;
  if (isDryRun) return "Nothing was done (--dry-run)";
  if (root !== "") {
    return `The image has it; enable it with: systemctl --root ${root} enable opsen-${role}`;
  }
  const lines = [
    role === "client" && server === undefined
      ? `Set server_url in ${config}; the client does not start before`
      : `Look at ${config}; check it with: opsen config check --role ${role} --config ${config}`,
    ...isEnabled && isStarted
      ? []
      : [`Then: systemctl enable --now opsen-${role}`],
    role === "server"
      ? "Is it well: opsen health --server http://127.0.0.1:8080"
      : "Does it report: journalctl -u opsen-client",
  ];
  return lines.join("\n");
}
