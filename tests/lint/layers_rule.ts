/** Lint rule `opsen/layers`: an import points down, or through one of the doors of the layer table. */
import { importFault, isPure } from "./layers.ts";
import { isShipped, repositoryPath } from "./repository_path.ts";

/** Refuses imports that point up or sideways, and any package in the pure layer. */
export const layersRule: Deno.lint.Rule = {
  create(context) {
    const from = repositoryPath(context.filename);
    if (!isShipped(from)) return {};

    function check(node: Deno.lint.Node, specifier: string): void {
      const message = specifierFault(from as string, specifier);
      if (message !== undefined) {
        context.report({
          node,
          message,
          hint: "tests/lint/layers.ts has the table",
        });
      }
    }

    return {
      ImportDeclaration(node) {
        check(node, node.source.value);
      },
      ExportAllDeclaration(node) {
        check(node, node.source.value);
      },
      ExportNamedDeclaration(node) {
        if (node.source !== null) check(node, node.source.value);
      },
      ImportExpression(node) {
        const specifier = literalText(node.source);
        if (specifier !== undefined) return check(node, specifier);
        context.report({
          node,
          message:
            "A dynamic import must name its module as a literal: anything else can't be checked nor bundled",
        });
      },
      TSImportType(node) {
        const specifier = literalText(
          node.argument.type === "TSLiteralType"
            ? node.argument.literal
            : node.argument,
        );
        if (specifier !== undefined) check(node, specifier);
      },
    };
  },
};

/** What is wrong with a specifier in a file, in words; undefined when nothing is. */
export function specifierFault(
  from: string,
  specifier: string,
): string | undefined {
  if (!specifier.startsWith(".") && !specifier.startsWith("/")) {
    return isPure(from)
      ? `"${from}" is pure and must not import the package "${specifier}"`
      : undefined;
  }
  const to = resolve(from, specifier);
  if (to === undefined) {
    return `"${from}" must not import "${specifier}", which is outside of the repository`;
  }
  return importFault(from, to);
}

/** The imported path relative to the repository, or undefined when it leaves it. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("/")) return undefined;
  const segments = from.split("/").slice(0, -1);
  for (const segment of specifier.replace(/[?#].*$/, "").split("/")) {
    if (segment === "." || segment === "") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

function literalText(node: Deno.lint.Node): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") {
    return node.value;
  }
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.cooked;
  }
  return undefined;
}
