/** The reference of a role's keys as Markdown, for the README. */
import { defaultOf } from "./default_of.ts";
import { type Leaf, leavesOf } from "./leaf.ts";
import type { Role } from "./role.ts";
import { wantedText } from "./wanted_text.ts";
import { yamlValue } from "./yaml_text.ts";

/** A heading and a table for each section. */
export function referenceTable(role: Role): string {
  return role.sections.map(({ title, keys }) =>
    [
      `### ${title}`,
      "",
      "| Key | Meaning | Value | Default | Flag | Variable |",
      "| --- | --- | --- | --- | --- | --- |",
      ...leavesOf(keys).map(row),
      "",
    ].join("\n")
  ).join("\n");
}

function row({ path, key, outside }: Leaf): string {
  const value = defaultOf(key);
  const isLong = key.shape.kind === "list" && Array.isArray(value) &&
    key.shape.items.kind === "group" && value.length > 0;
  const cells = [
    code(path),
    key.needsRestart ? `${key.help} (needs a restart)` : key.help,
    wantedText(key.shape),
    value === undefined
      ? ""
      : code(isLong ? `${value.length} entries` : yamlValue(key.shape, value)),
    (outside?.flags ?? []).map(code).join(" "),
    outside === undefined ? "" : code(outside.variable),
  ];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
