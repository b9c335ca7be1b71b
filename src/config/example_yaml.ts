/**
 * The example file of a role: every key at its default, commented out with one `#`, explained with two, so that
 * taking one `#` away from every line gives a file that changes nothing.
 */
import { defaultOf } from "./default_of.ts";
import type { Key, Keys } from "./key.ts";
import { leavesOf } from "./leaf.ts";
import type { Role } from "./role.ts";
import type { Shape } from "./shape.ts";
import { wantedText } from "./wanted_text.ts";
import { yamlLines } from "./yaml_text.ts";

/** Width that explanations are wrapped at, without the marks before them. */
const WIDTH = 97;

/** The example file. */
export function exampleYaml(role: Role): string {
  return [
    ...explained(
      `Configuration of the Opsen ${role.name}: every key at its default. Lines with "##" explain; to set a key, take the "#" away from its line. Flags win over OPSEN_* variables, and these over this file.`,
      "",
    ),
    ...role.sections.flatMap(({ title, keys }) => [
      "",
      `## ── ${title} ${"─".repeat(60 - title.length)}`,
      ...keyLines(keys, ""),
    ]),
    "",
  ].join("\n");
}

function keyLines(keys: Keys, indent: string): string[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const blank = indent === "" ? [""] : [];
    if (key.shape.kind === "group") {
      return [
        ...blank,
        ...explained(key.help, indent),
        `# ${indent}${name}:`,
        ...keyLines(key.shape.keys, `${indent}  `),
      ];
    }
    return [
      ...blank,
      ...explained(explanation(key), indent),
      ...yamlLines(name, key.shape, defaultOf(key))
        .map((line) => `# ${indent}${line}`),
    ];
  });
}

function explanation(key: Key): string {
  const kind = key.shape.kind === "flag" ? "" : ` (${wantedText(key.shape)})`;
  return `${key.help}${kind}${memberText(key.shape)}`;
}

/** What an entry of a list of groups can say. */
function memberText(shape: Shape): string {
  if (shape.kind !== "list") return "";
  const items = shape.items;
  if (items.kind !== "group" && items.kind !== "text_or_group") return "";
  return leavesOf(items.keys)
    .map(({ path, key }) => `; ${path}: ${key.help}`).join("");
}

function explained(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > WIDTH - indent.length) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((line) => `## ${indent}${line}`);
}
