/**
 * The blocks of code in a guide. What a test must know of one and a reader need not stands in a comment before it:
 * `<!-- test: runs -->` for commands that go on until they are ended, `<!-- test: exit 1 -->` for another exit code.
 */

/** One block. */
export interface Fence {
  /** What stands behind the opening backticks, such as `sh`. */
  readonly language: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** The comment's words; empty without one. */
  readonly note: string;
}

/** The blocks of a text, in their order. */
export function fencesOf(markdown: string): readonly Fence[] {
  const lines = markdown.split("\n");
  const fences: Fence[] = [];
  let note = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const opening = /^(\s*)```(\w*)$/.exec(line);
    if (opening === null) {
      const said = /^<!-- test: (.+) -->$/.exec(line)?.[1];
      note = said ?? (line === "" ? note : "");
      continue;
    }
    const [, indent = "", language = ""] = opening;
    const end = lines.indexOf(`${indent}\`\`\``, at + 1);
    if (end === -1) throw new Error(`Line ${at + 1}: a block without an end`);
    const code = lines.slice(at + 1, end).map((text) =>
      text.slice(indent.length)
    );
    fences.push({ language, line: at + 2, code: code.join("\n"), note });
    at = end;
    note = "";
  }
  return fences;
}
