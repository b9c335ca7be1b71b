/** `opsen completions`: scripts that complete commands and flags, made from the program's own definition. */
import { Argument } from "commander";
import type { Register } from "./command.ts";
import { bashScript } from "./completions_bash.ts";
import { fishScript } from "./completions_fish.ts";
import { zshScript } from "./completions_zsh.ts";
import { type CompletionNode, completionNodes } from "./completion_nodes.ts";
import { wholeProgram } from "./program.ts";

const SCRIPTS = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
} as const;

/** How to use what is printed. */
const USAGE = `
In ~/.bashrc:                     source <(opsen completions bash)
In ~/.zshrc, after compinit:      source <(opsen completions zsh)
In ~/.config/fish/config.fish:    opsen completions fish | source`;

/** Adds the command's argument and what it does. */
export const register: Register = (command, shell) => {
  command
    .addArgument(
      new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)),
    )
    .addHelpText("after", USAGE)
    .action(async (name: keyof typeof SCRIPTS) => {
      const script: (nodes: readonly CompletionNode[]) => string =
        SCRIPTS[name];
      shell.out(script(completionNodes(await wholeProgram(shell))));
    });
};
