/** `opsen man`: the manual pages, made from the program's own definition and the tables of configuration keys. */
import { CLIENT_ROLE } from "../config/client_keys.ts";
import { SERVER_ROLE } from "../config/server_keys.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { commandPages } from "./man/command_page.ts";
import { configPage } from "./man/config_page.ts";
import type { ManPage } from "./man/mdoc.ts";
import { wholeProgram } from "./program.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

interface ManOptions {
  readonly dir?: string;
}

/** Adds the command's argument, flags and what it does. */
export const register: Register = (command, shell) => {
  command
    .argument("[page]", "such as opsen-drain or opsen-server.yml", "opsen")
    .option("--dir <folder>", "write all pages into man1 and man5 below it")
    .addHelpText("after", "\nTo read one: opsen man opsen-top | man -l -")
    .action((name: string, options: ManOptions) => man(name, options, shell));
};

async function man(
  name: string,
  { dir }: ManOptions,
  shell: Shell,
): Promise<void> {
  const pages = await manPages(shell);
  if (dir !== undefined) return writeAll(pages, dir, shell);
  const page = pages.find((one) => one.name === name);
  if (page !== undefined) return shell.out(page.text);
  const names = pages.map((one) => one.name).join(", ");
  endUsage(
    `page: found ${JSON.stringify(name)}, wanted one of ${names}`,
    shell,
  );
}

/** Every page: the program, each command, both configuration files. */
export async function manPages(shell: Shell): Promise<readonly ManPage[]> {
  return [
    ...commandPages(await wholeProgram(shell)),
    configPage(SERVER_ROLE),
    configPage(CLIENT_ROLE),
  ];
}

function writeAll(
  pages: readonly ManPage[],
  folder: string,
  shell: Shell,
): void {
  try {
    for (const { name, section, text } of pages) {
      const below = `${folder}/man${section}`;
      Deno.mkdirSync(below, { recursive: true });
      Deno.writeTextFileSync(`${below}/${name}.${section}`, text);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.err(`Cannot write manual pages to "${folder}": ${reason}\n`);
    shell.exitWith(EXIT_CODE.ioError);
  }
}
