/** Completions for bash 4 and later. */
import {
  type CompletionFlag,
  type CompletionNode,
  CONTEXT_NAMES,
} from "./completion_nodes.ts";

/** The script. Where it has nothing to offer, bash completes file names. */
export function bashScript(nodes: readonly CompletionNode[]): string {
  const steps = nodes.filter(({ path }) => path.length > 0)
    .map(({ path }) => `" ${path.join(" ")}"`);
  return `# bash completions of opsen
_opsen() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local at="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${steps.join("|")}) at="$at $word" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${nodes.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${nodes.map(wordCase).join("\n")}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _opsen opsen
`;
}

/** After a flag with a value: its words, or nothing, which leaves it to file names. */
function valueCases({ path, flags }: CompletionNode): string[] {
  const pattern = (name: string) => `"${prefix(path)} ${name}"`;
  const free = flags.filter(({ value }) => value === "any")
    .map(({ name }) => pattern(name));
  const listed = flags.flatMap(({ name, value }) =>
    value === "none" || value === "any"
      ? []
      : [`    ${pattern(name)}) words="${wordsOf(value)}" at=value ;;`]
  );
  return free.length === 0
    ? listed
    : [`    ${free.join("|")}) return ;;`, ...listed];
}

function wordsOf(value: Exclude<CompletionFlag["value"], "none" | "any">) {
  return value === "context" ? `$(${CONTEXT_NAMES})` : value.join(" ");
}

function wordCase(
  { path, commands, flags, takesContext }: CompletionNode,
): string {
  const names = [...commands, ...flags].map(({ name }) => name);
  const words = [...names, ...takesContext ? [wordsOf("context")] : []]
    .join(" ");
  return `    "${prefix(path)}") words="${words}" ;;`;
}

function prefix(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join("");
}
