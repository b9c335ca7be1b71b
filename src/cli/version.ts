/** `opsen version`; the version itself is stated in deno.json and nowhere else. */
import program from "../../deno.json" with { type: "json" };
import { baked } from "./baked.ts";
import type { Register } from "./command.ts";

/** The version of this program, such as "1.2.3". */
export const VERSION: string = program.version;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  command
    .option(
      "--json",
      "print JSON, with the commit, the runtime and the machine's kind",
    )
    .action(({ json }: { readonly json?: boolean }) => {
      shell.out(json ? `${JSON.stringify(facts())}\n` : `opsen ${VERSION}\n`);
    });
};

function facts(): Readonly<Record<string, string>> {
  const { deno, v8 } = Deno.version;
  const { os, arch } = Deno.build;
  const { commit, builtAt } = baked();
  return {
    name: "opsen",
    version: VERSION,
    commit,
    ...(builtAt === undefined ? {} : { built_at: builtAt }),
    deno,
    v8,
    os,
    arch,
  };
}
