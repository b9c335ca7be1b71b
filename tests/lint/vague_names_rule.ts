/** Lint rule `opsen/no-vague-names`: a file is named after its idea, so that nobody has to open it to know it. */
import { repositoryPath } from "./repository_path.ts";

/** Words that say "what did not fit elsewhere". */
const VAGUE: readonly string[] = [
  "util",
  "utils",
  "utility",
  "utilities",
  "common",
  "helper",
  "helpers",
  "misc",
];

/** Refuses file and folder names that hold one of the vague words. */
export const vagueNamesRule: Deno.lint.Rule = {
  create(context) {
    const path = repositoryPath(context.filename);
    const word = path?.toLowerCase().split(/[^a-z0-9]+/).find((word) =>
      VAGUE.includes(word)
    );
    if (word === undefined) return {};
    return {
      Program(program) {
        context.report({
          node: program,
          message:
            `"${path}" is named "${word}", which says nothing about what it holds`,
        });
      },
    };
  },
};
