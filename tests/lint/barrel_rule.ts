/** Lint rule `opsen/no-barrel`: a file says something itself; a reader never has to follow a file of signposts. */
import { isShipped, repositoryPath } from "./repository_path.ts";

/** Names that announce a barrel. */
const BARREL_NAMES: readonly string[] = [
  "mod.ts",
  "index.ts",
  "mod.js",
  "index.js",
];

/** Refuses `mod.ts`, `index.ts`, and files that only pass on what others export. */
export const barrelRule: Deno.lint.Rule = {
  create(context) {
    const path = repositoryPath(context.filename);
    if (!isShipped(path)) return {};
    return {
      Program(program) {
        const name = path.slice(path.lastIndexOf("/") + 1);
        if (BARREL_NAMES.includes(name)) {
          context.report({
            node: program,
            message: `"${path}" must be named after what it exports`,
          });
        } else if (program.body.length > 0 && program.body.every(isSignpost)) {
          context.report({
            node: program,
            message: `"${path}" only passes on what others export`,
          });
        }
      },
    };
  },
};

function isSignpost(statement: Deno.lint.Statement): boolean {
  switch (statement.type) {
    case "ImportDeclaration":
      // A file of bare side effects isn't a barrel.
      return statement.specifiers.length > 0;
    case "ExportAllDeclaration":
      return true;
    case "ExportNamedDeclaration":
      return statement.declaration === null;
    default:
      return false;
  }
}
