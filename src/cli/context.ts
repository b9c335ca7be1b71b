/** `opsen context`: the named servers of an operator, listed, chosen, added and removed. */
import { resolve } from "node:path";
import { HTTP_URL } from "../config/text_format.ts";
import type { Command } from "commander";
import type { Register } from "./command.ts";
import { unknownContext } from "./context_choice.ts";
import {
  type Context,
  CONTEXT_NAME,
  CONTEXT_NAME_WANTED,
  type Contexts,
  contextsPath,
  readContexts,
} from "./contexts_file.ts";
import { editContexts } from "./contexts_edit.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface ListOptions {
  readonly json?: boolean;
  readonly names?: boolean;
}

interface AddOptions {
  readonly server: string;
  readonly apiKeyFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Adds the subcommands, their flags and what they do; without one it lists. */
export const register: Register = (command, shell) => {
  command.command("list", { isDefault: true })
    .description("show the contexts; what happens without a command")
    .option("--names", "their names alone, a line each")
    .option("--json", "print JSON, without keys")
    .action((options: ListOptions) => list(options, shell));
  command.command("use").description("make a context the one that is used")
    .argument("<context>", "its name")
    .action((name: string) => use(name, shell));
  addFiles(command.command("add"))
    .description("add a context, or replace it; the first is used at once")
    .argument("<name>", "what to call it")
    .requiredOption("--server <url>", "URL of the server")
    .action((name: string, options: AddOptions) => add(name, options, shell));
  command.command("remove").description("remove a context")
    .argument("<context>", "its name")
    .action((name: string) => remove(name, shell));
  command.command("show")
    .description("show a context, without its key; by default the one in use")
    .argument("[context]", "its name")
    .option("--json", "print JSON")
    .action((name: string | undefined, options: ListOptions) =>
      show(name, options, shell)
    );
};

function addFiles(command: Command): Command {
  return command
    .option("--api-key-file <file>", "file that holds the key alone")
    .option("--ca-file <file>", "authority of the server's certificate")
    .option("--cert-file <file>", "certificate to show to the server")
    .option("--key-file <file>", "its private key");
}

/** The contexts and their file; undefined when they can't be read, which the shell has been told then. */
async function known(
  shell: Shell,
): Promise<(Contexts & { readonly path: string }) | undefined> {
  const path = contextsPath(shell);
  if (path === undefined) {
    const found = "Cannot find contexts.yml: found no HOME";
    return void endUsage(`${found}, wanted it or XDG_CONFIG_HOME`, shell);
  }
  const read = await readContexts(path, shell);
  if (read.kind === "read") return { ...read, path };
  return void endUsage(read.problems.join("\n"), shell);
}

async function list(
  { json, names }: ListOptions,
  shell: Shell,
): Promise<void> {
  const contexts = await known(shell);
  if (contexts === undefined) return;
  const { all, current } = contexts;
  if (names) {
    return shell.out(all.map(({ name }) => `${name}\n`).join(""));
  }
  if (json) {
    const body = { current: current || null, contexts: all.map(viewOf) };
    return shell.out(`${JSON.stringify(body, null, 2)}\n`);
  }
  if (all.length === 0) {
    return shell.out(
      'No contexts: "opsen context add NAME --server URL" makes one\n',
    );
  }
  shell.out(textTable(
    ["", "NAME", "SERVER", "KEY"].map((title) => ({ title })),
    all.map((one) => [
      one.name === current ? "*" : "",
      one.name,
      one.server,
      keyWords(one),
    ]),
  ));
}

function keyWords({ apiKey, apiKeyFile }: Context): string {
  return apiKey !== "" ? "in contexts.yml" : apiKeyFile || "-";
}

/** A context without its key. */
function viewOf(context: Context): Readonly<Record<string, unknown>> {
  return {
    name: context.name,
    server: context.server,
    has_api_key: context.apiKey !== "",
    api_key_file: context.apiKeyFile || null,
    ca_file: context.caFile || null,
    cert_file: context.certFile || null,
    key_file: context.keyFile || null,
  };
}

async function show(
  said: string | undefined,
  { json }: ListOptions,
  shell: Shell,
): Promise<void> {
  const contexts = await known(shell);
  if (contexts === undefined) return;
  const { all, current, path } = contexts;
  const name = said ?? shell.env("OPSEN_CONTEXT") ?? current;
  const context = all.find((one) => one.name === name);
  if (context === undefined) {
    const none = "No context is in use";
    shell.err(
      `${name === "" ? none : unknownContext("context", name, all)}\n`,
    );
    return shell.exitWith(EXIT_CODE.usage);
  }
  const view = viewOf(context);
  if (json) return shell.out(`${JSON.stringify(view, null, 2)}\n`);
  const lines = Object.entries(view)
    .filter(([, value]) => value !== null && value !== false)
    .map(([key, value]) => `${key}: ${value}\n`);
  shell.out(`${lines.join("")}file: ${path}\n`);
}

async function use(name: string, shell: Shell): Promise<void> {
  const contexts = await known(shell);
  if (contexts === undefined || !isKnown(name, contexts, shell)) return;
  const isDone = await editContexts(contexts.path, shell, (document) => {
    document.set("current", name);
  });
  if (!isDone) return;
  shell.out(`Using ${name}\n`);
}

async function remove(name: string, shell: Shell): Promise<void> {
  const contexts = await known(shell);
  if (contexts === undefined || !isKnown(name, contexts, shell)) return;
  const wasCurrent = contexts.current === name;
  const isDone = await editContexts(contexts.path, shell, (document) => {
    document.deleteIn(["contexts", name]);
    if (wasCurrent) document.delete("current");
  });
  if (!isDone) return;
  shell.out(`Removed ${name}${wasCurrent ? "; none is in use now" : ""}\n`);
}

function isKnown(name: string, { all }: Contexts, shell: Shell): boolean {
  if (all.some((one) => one.name === name)) return true;
  endUsage(unknownContext("context", name, all), shell);
  return false;
}

async function add(
  name: string,
  options: AddOptions,
  shell: Shell,
): Promise<void> {
  if (!CONTEXT_NAME.test(name)) {
    const found = JSON.stringify(name);
    return endUsage(
      `name: found ${found}, wanted ${CONTEXT_NAME_WANTED}`,
      shell,
    );
  }
  const { server } = options;
  const url = URL.parse(server);
  if (!HTTP_URL.accepts(server) || url?.username || url?.password) {
    return endUsage(
      `--server: wanted ${HTTP_URL.wanted}, without a name or password`,
      shell,
    );
  }
  const contexts = await known(shell);
  if (contexts === undefined) return;
  const isFirst = contexts.all.length === 0;
  const files = {
    api_key_file: options.apiKeyFile,
    ca_file: options.caFile,
    cert_file: options.certFile,
    key_file: options.keyFile,
  };
  const given = Object.entries(files).flatMap(([key, file]) =>
    file === undefined ? [] : [[key, resolve(file)]]
  );
  const isDone = await editContexts(contexts.path, shell, (document) => {
    const value = { server, ...Object.fromEntries(given) };
    document.setIn(["contexts", name], document.createNode(value));
    if (isFirst) document.set("current", name);
  });
  if (!isDone) return;
  shell.out(`Added ${name}${isFirst ? ", which is used from now on" : ""}\n`);
}
