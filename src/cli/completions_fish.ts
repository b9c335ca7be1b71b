/** Completions for fish 3 and later. */
import {
  type CompletionFlag,
  type CompletionNode,
  CONTEXT_NAMES,
} from "./completion_nodes.ts";

/** The script. */
export function fishScript(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, commands, flags, takesContext }) => {
    const when = quoted(condition(path, commands.map(({ name }) => name)));
    return [
      ...commands.map(({ name, help }) =>
        `complete -c opsen -f -n ${when} -a ${name} -d ${quoted(help)}`
      ),
      ...takesContext ? [`complete -c opsen -f -n ${when} -a ${CONTEXTS}`] : [],
      ...flags.map((flag) => flagLine(when, flag)),
    ];
  });
  return ["# fish completions of opsen", ...lines, ""].join("\n");
}

/** Fish runs it when it completes. */
const CONTEXTS = `'(${CONTEXT_NAMES})'`;

/** All words of the path were said, and none of the commands that would lead on. */
function condition(
  path: readonly string[],
  next: readonly string[],
): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const further = next.length === 0
    ? []
    : [`not __fish_seen_subcommand_from ${next.join(" ")}`];
  const all = [...seen, ...further];
  return all.length === 0 ? "true" : all.join("; and ");
}

function flagLine(when: string, { name, help, value }: CompletionFlag): string {
  const long = name.replace(/^--/, "");
  const values = value === "none"
    ? ""
    : value === "any"
    ? " -r"
    : value === "context"
    ? ` -x -a ${CONTEXTS}`
    : ` -x -a ${quoted(value.join(" "))}`;
  return `complete -c opsen -n ${when} -l ${long}${values} -d ${quoted(help)}`;
}

/** In single quotes fish takes only the quote and the backslash as special. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
