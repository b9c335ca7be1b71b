/**
 * `opsen config`: checks, prints and explains the configuration of the server or the client, and brings back an older one
 * of a server that runs.
 */
import { type Command, Option } from "commander";
import { CLIENT_ROLE } from "../config/client_keys.ts";
import {
  type EffectiveValue,
  effectiveValues,
} from "../config/effective_values.ts";
import { exampleYaml } from "../config/example_yaml.ts";
import { jsonSchema } from "../config/json_schema.ts";
import type { Loaded } from "../config/load.ts";
import { loadClientConfig } from "../config/load_client_config.ts";
import { loadServerConfig } from "../config/load_server_config.ts";
import { referenceTable } from "../config/reference_table.ts";
import type { Role, RoleName } from "../config/role.ts";
import { SERVER_ROLE } from "../config/server_keys.ts";
import { yamlForm } from "../config/yaml_form.ts";
import { yamlLines } from "../config/yaml_text.ts";
import type { Register } from "./command.ts";
import { type RoleConfig, unreadableFiles } from "./config_files.ts";
import { type ConfigFlags, parseConfigFlags } from "./config_flags.ts";
import { addConfigHistory } from "./config_history.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { printProblems } from "./load_report.ts";
import type { Shell } from "./shell.ts";

const ROLES: Readonly<Record<RoleName, Role>> = {
  server: SERVER_ROLE,
  client: CLIENT_ROLE,
};

interface RoleOptions {
  readonly role: RoleName;
}

interface LoadOptions extends RoleOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds the subcommands, their flags and what they do. */
export const register: Register = (command, shell) => {
  loading(
    command.command("check"),
    "tell what is wrong with it, exit 64, or ok",
  )
    .option("--json", "print JSON")
    .action(async (options: LoadOptions, sub: Command) =>
      shell.exitWith(await check(options, sub, shell))
    );
  loading(
    command.command("print"),
    "print the values in force and where they come from",
  )
    .option("--json", "print JSON")
    .action(async (options: LoadOptions, sub: Command) =>
      shell.exitWith(await print(options, sub, shell))
    );
  showing(
    command,
    "example",
    "print an example file with every key",
    exampleYaml,
    shell,
  );
  showing(
    command,
    "schema",
    "print the JSON Schema of the file",
    schemaText,
    shell,
  );
  showing(
    command,
    "reference",
    "print the keys as Markdown tables",
    referenceTable,
    shell,
  );
  addConfigHistory(command, shell);
};

/** A subcommand that loads a configuration takes the flags of the role too, whose names depend on the role. */
function loading(command: Command, summary: string): Command {
  return withRole(command.description(summary))
    .option("--config <file>", "YAML file")
    .allowUnknownOption()
    .allowExcessArguments()
    .usage("[options] [flags of the role]");
}

function showing(
  command: Command,
  name: string,
  summary: string,
  text: (role: Role) => string,
  shell: Shell,
): void {
  withRole(command.command(name).description(summary))
    .action(({ role }: RoleOptions) => shell.out(text(ROLES[role])));
}

function withRole(command: Command): Command {
  return command.addOption(
    new Option("--role <role>", "whose configuration")
      .choices(Object.keys(ROLES)).default("server"),
  );
}

function schemaText(role: Role): string {
  return `${JSON.stringify(jsonSchema(role), null, 2)}\n`;
}

async function check(
  options: LoadOptions,
  command: Command,
  shell: Shell,
): Promise<number> {
  const flags = flagsOf(options, command);
  const loaded = await checked(options.role, flags, shell);
  if (options.json) return checkJson(loaded, shell);
  if (loaded.kind === "invalid") {
    const code = printProblems(loaded.problems, shell);
    const other = options.role === "server" ? "client" : "server";
    const isOther = command.getOptionValueSource("role") === "default" &&
      (await load(other, { ...flags, flags: [] }, shell)).kind === "loaded";
    if (isOther) shell.err(`It is fine as a ${other}'s: --role ${other}\n`);
    return code;
  }
  for (const { level, message } of loaded.notices) {
    if (level !== "debug") shell.err(`${level}: ${message}\n`);
  }
  shell.out("ok\n");
  return EXIT_CODE.ok;
}

/** What was loaded, with a warning for each file that it names and that can't be read. */
async function checked(
  role: RoleName,
  flags: Parameters<typeof load>[1],
  shell: Shell,
): Promise<Loaded<unknown>> {
  const loaded = await load(role, flags, shell);
  if (loaded.kind === "invalid") return loaded;
  const named = { role, config: loaded.config } as RoleConfig;
  const notices = [...loaded.notices, ...await unreadableFiles(named)];
  return { ...loaded, notices };
}

/** The same for scripts: everything on standard output, the exit code as ever. */
function checkJson(loaded: Loaded<unknown>, shell: Shell): number {
  switch (loaded.kind) {
    case "invalid":
      shell.out(
        `${JSON.stringify({ ok: false, problems: loaded.problems })}\n`,
      );
      return EXIT_CODE.usage;
    case "loaded":
      shell.out(`${JSON.stringify({ ok: true, notices: loaded.notices })}\n`);
      return EXIT_CODE.ok;
  }
}

async function print(
  options: LoadOptions,
  command: Command,
  shell: Shell,
): Promise<number> {
  const { role } = options;
  const loaded = await load(role, flagsOf(options, command), shell);
  if (loaded.kind === "invalid") return printProblems(loaded.problems, shell);
  const values = effectiveValues(ROLES[role], loaded.config, loaded.sources);
  shell.out(options.json ? jsonText(values) : linesText(values));
  return EXIT_CODE.ok;
}

function jsonText(values: readonly EffectiveValue[]): string {
  const entries = values.map(({ path, shape, value = null, source }) => [
    path,
    { value: yamlForm(shape, value), source },
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function linesText(values: readonly EffectiveValue[]): string {
  return values.map(({ path, shape, value, source }) => {
    const [first = "", ...rest] = yamlLines(path, shape, value);
    return [`${first}  # ${source}`, ...rest].map((line) => `${line}\n`).join(
      "",
    );
  }).join("");
}

function flagsOf(options: LoadOptions, command: Command): ConfigFlags {
  const { flags } = parseConfigFlags(
    ROLES[options.role],
    command.args,
    command,
  );
  return { configPath: options.config, flags };
}

async function load(
  role: RoleName,
  flags: ConfigFlags,
  { env, readFile }: Shell,
): Promise<Loaded<unknown>> {
  const input = { ...flags, env, readFile };
  return role === "server"
    ? await loadServerConfig(input)
    : await loadClientConfig(input);
}
