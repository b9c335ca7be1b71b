/**
 * Lint rule `opsen/exhaustive-switch`: a `switch` on `kind` has no default, so that the compiler names every place
 * that a new kind must be added to.
 */

/** Refuses `default` in a switch over `x.kind` or `kind`. */
export const exhaustiveSwitchRule: Deno.lint.Rule = {
  create(context) {
    return {
      SwitchStatement(node) {
        if (!isKind(node.discriminant)) return;
        const fallback = node.cases.find(({ test }) => test === null);
        if (fallback === undefined) return;
        context.report({
          node: fallback,
          message: "A switch on `kind` must have no default",
          hint:
            "Name every kind, so that the compiler finds this place when one is added",
        });
      },
    };
  },
};

function isKind(node: Deno.lint.Node): boolean {
  switch (node.type) {
    case "Identifier":
      return node.name === "kind";
    case "ChainExpression":
    case "TSNonNullExpression":
    case "TSAsExpression":
      return isKind(node.expression);
    case "MemberExpression":
      return node.computed
        ? node.property.type === "Literal" && node.property.value === "kind"
        : node.property.type === "Identifier" && node.property.name === "kind";
    default:
      return false;
  }
}
