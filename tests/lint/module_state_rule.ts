/**
 * Lint rule `opsen/no-module-state`: state has an owner, which is never a module, and importing a module does nothing.
 * The entry point `main.ts` may act, and so may the assets a browser loads as scripts (`src/ui/`).
 */
import { isShipped, repositoryPath } from "./repository_path.ts";

/** Collections that make sense only when something is put into them later. */
const GROWING: readonly string[] = ["Map", "Set", "WeakMap", "WeakSet"];

/** Statements that act when a module is loaded. */
const ACTING: readonly string[] = [
  "ExpressionStatement",
  "IfStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
  "TryStatement",
  "SwitchStatement",
  "ThrowStatement",
];

/** Refuses module-level variables, empty module-level collections, and statements that act on import. */
export const moduleStateRule: Deno.lint.Rule = {
  create(context) {
    const path = repositoryPath(context.filename);
    if (!isShipped(path)) return {};
    const mayAct = path === "main.ts" || path.startsWith("src/ui/");

    return {
      Program(program) {
        for (const statement of program.body) {
          const declaration = declared(statement);
          if (declaration !== undefined) checkVariables(context, declaration);
          if (
            !mayAct && ACTING.includes(statement.type) &&
            !isDirective(statement)
          ) {
            context.report({
              node: statement,
              message: "A module must do nothing when it is imported",
            });
          }
        }
      },
      AwaitExpression(node) {
        if (!mayAct && isTopLevel(context, node)) {
          context.report({
            node,
            message: "A module must not wait when it is imported",
          });
        }
      },
    };
  },
};

function declared(
  statement: Deno.lint.Statement,
): Deno.lint.VariableDeclaration | undefined {
  const inner = statement.type === "ExportNamedDeclaration"
    ? statement.declaration
    : statement;
  return inner?.type === "VariableDeclaration" ? inner : undefined;
}

function checkVariables(
  context: Deno.lint.RuleContext,
  declaration: Deno.lint.VariableDeclaration,
): void {
  if (declaration.kind !== "const") {
    context.report({
      node: declaration,
      message:
        `A module-level \`${declaration.kind}\` is state without an owner`,
      hint: "Put it into the object whose life it shares",
    });
  }
  for (const { init } of declaration.declarations) {
    if (init?.type !== "NewExpression" || init.callee.type !== "Identifier") {
      continue;
    }
    if (init.arguments.length > 0 || !GROWING.includes(init.callee.name)) {
      continue;
    }
    context.report({
      node: init,
      message:
        `An empty module-level \`${init.callee.name}\` is state without an owner and without a bound`,
    });
  }
}

function isDirective(statement: Deno.lint.Statement): boolean {
  return statement.type === "ExpressionStatement" &&
    statement.expression.type === "Literal" &&
    typeof statement.expression.value === "string";
}

function isTopLevel(
  context: Deno.lint.RuleContext,
  node: Deno.lint.Node,
): boolean {
  return context.sourceCode.getAncestors(node).every(({ type }) =>
    !["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]
      .includes(type)
  );
}
