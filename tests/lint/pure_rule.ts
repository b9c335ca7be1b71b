/**
 * Lint rule `opsen/pure`: the pure layer has no clock, no chance, no I/O, no timers and never waits.
 *
 * The linter knows no scopes, so a name counts wherever it stands for a value; a local variable of such a name would
 * be refused too, which is what a reader wants anyway.
 */
import { isPure } from "./layers.ts";
import { repositoryPath } from "./repository_path.ts";

/** Globals that reach out of a pure file, and what a pure file does instead. */
const WORLDLY: Readonly<Record<string, string>> = {
  Deno: "take what it gives as an argument",
  EventSource: "leave I/O to an adapter",
  Promise: "answer at once",
  Temporal: "take the instant as an argument",
  WebSocket: "leave I/O to an adapter",
  Worker: "answer at once",
  XMLHttpRequest: "leave I/O to an adapter",
  console: "return an event or take a Logger",
  crypto: "take a Random as an argument",
  eval: "write the code down",
  fetch: "leave I/O to an adapter",
  globalThis: "take what it gives as an argument",
  localStorage: "leave I/O to an adapter",
  performance: "take the instant as an argument",
  process: "take what it gives as an argument",
  queueMicrotask: "let the caller decide when",
  setImmediate: "let the caller decide when",
  setInterval: "let the caller decide when",
  setTimeout: "let the caller decide when",
};

/** Refuses whatever makes a pure file depend on more than its arguments. */
export const pureRule: Deno.lint.Rule = {
  create(context) {
    const path = repositoryPath(context.filename);
    if (path === undefined || !isPure(path)) return {};

    function refuse(node: Deno.lint.Node, what: string, instead: string): void {
      context.report({
        node,
        message: `A pure file must not use ${what}`,
        hint: capital(instead),
      });
    }
    function refuseAsync(
      node: Deno.lint.Node & { readonly async: boolean },
    ): void {
      if (node.async) refuse(node, "an async function", "answer at once");
    }

    return {
      Identifier(node) {
        if (!isValue(node)) return;
        const instead = Object.hasOwn(WORLDLY, node.name)
          ? WORLDLY[node.name]
          : undefined;
        if (instead !== undefined) refuse(node, `\`${node.name}\``, instead);
        if (node.name === "Date" && !isHarmlessDate(node)) {
          refuse(node, "the wall clock", "take the instant as an argument");
        }
        if (node.name === "Math" && !isHarmlessMath(node)) {
          refuse(
            node,
            "`Math.random`, or `Math` other than by a named member",
            "take a Random as an argument",
          );
        }
      },
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
      AwaitExpression(node) {
        refuse(node, "`await`", "answer at once");
      },
      ImportExpression(node) {
        refuse(node, "a dynamic import", "import at the top");
      },
      ForOfStatement(node) {
        if (node.await) {
          refuse(node, "`for await`", "take the values as an argument");
        }
      },
      VariableDeclaration(node) {
        if (node.kind === "await using") {
          refuse(node, "`await using`", "answer at once");
        }
      },
    };
  },
};

/** Whether the identifier stands for a value: not a member's name, not a key, not a type. */
function isValue(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.computed || isSame(parent.object, node);
    case "Property":
      return parent.computed || parent.shorthand || isSame(parent.value, node);
    case "PropertyDefinition":
      return parent.computed ||
        (parent.value !== null && isSame(parent.value, node));
    case "MethodDefinition":
      return parent.computed;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "ImportSpecifier":
    case "ExportSpecifier":
      return false;
    default:
      return !parent.type.startsWith("TS") || isTypedValue(parent.type);
  }
}

/** TypeScript's nodes that hold an expression. */
function isTypedValue(type: string): boolean {
  return [
    "TSAsExpression",
    "TSNonNullExpression",
    "TSSatisfiesExpression",
    "TSTypeAssertion",
  ].includes(type);
}

/** `new Date(x)`, `Date.UTC(...)` and `Date.parse(...)` read no clock. */
function isHarmlessDate(node: Deno.lint.Identifier): boolean {
  const parent: Deno.lint.Node = node.parent;
  if (parent.type === "NewExpression") {
    return isSame(parent.callee, node) && parent.arguments.length > 0;
  }
  if (parent.type === "BinaryExpression") {
    return parent.operator === "instanceof" && isSame(parent.right, node);
  }
  return ["UTC", "parse"].includes(memberName(parent));
}

/** `Math.max` and its like; an alias or a computed member could be `Math.random`. */
function isHarmlessMath(node: Deno.lint.Identifier): boolean {
  const name = memberName(node.parent);
  return name !== "" && name !== "random";
}

function memberName(node: Deno.lint.Node): string {
  return node.type === "MemberExpression" && !node.computed &&
      node.property.type === "Identifier"
    ? node.property.name
    : "";
}

function isSame(a: Deno.lint.Node, b: Deno.lint.Node): boolean {
  return a.range[0] === b.range[0] && a.range[1] === b.range[1];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
