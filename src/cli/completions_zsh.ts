/** Completions for zsh 5. */
import {
  type CompletionNode,
  type CompletionWord,
  CONTEXT_NAMES,
} from "./completion_nodes.ts";

/** The script; it works when sourced after compinit, and as a file `_opsen` in the function path. */
export function zshScript(nodes: readonly CompletionNode[]): string {
  const steps = nodes.filter(({ path }) => path.length > 0)
    .map(({ path }) => `" ${path.join(" ")}"`);
  return `#compdef opsen
# zsh completions of opsen
_opsen() {
  local at="" word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${steps.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${nodes.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${nodes.map(wordCase).join("\n")}
  esac
  _describe opsen found
}
if [ "$funcstack[1]" = "_opsen" ]; then _opsen "$@"; else compdef _opsen opsen; fi
`;
}

/** A word for each line. */
const CONTEXTS = `\${(f)"$(${CONTEXT_NAMES})"}`;

function valueCases({ path, flags }: CompletionNode): string[] {
  const pattern = (name: string) => `"${prefix(path)} ${name}"`;
  const free = flags.filter(({ value }) => value === "any")
    .map(({ name }) => pattern(name));
  const listed = flags.flatMap(({ name, value }) =>
    value === "none" || value === "any" ? [] : [
      `    (${pattern(name)}) compadd -- ${
        value === "context" ? CONTEXTS : value.join(" ")
      }; return ;;`,
    ]
  );
  return free.length === 0
    ? listed
    : [`    (${free.join("|")}) _files; return ;;`, ...listed];
}

function wordCase(
  { path, commands, flags, takesContext }: CompletionNode,
): string {
  const names = [...commands, ...flags].map(described);
  const words = [...names, ...takesContext ? [CONTEXTS] : []].join(" ");
  return `    ("${prefix(path)}") found=(${words}) ;;`;
}

/** \`name:help\` in single quotes, inside which only the quote itself is special to the shell. */
function described({ name, help }: CompletionWord): string {
  const text = help === ""
    ? name
    : `${name.replaceAll(":", "\\:")}:${help.replaceAll("\n", " ")}`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function prefix(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join("");
}
