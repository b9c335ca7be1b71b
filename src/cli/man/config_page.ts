/** The manual page of a configuration file, from its table of keys. */
import { defaultOf } from "../../config/default_of.ts";
import { type Leaf, leavesOf } from "../../config/leaf.ts";
import type { Role } from "../../config/role.ts";
import { wantedText } from "../../config/wanted_text.ts";
import { yamlValue } from "../../config/yaml_text.ts";
import { argument, type ManPage, manPage, plain } from "./mdoc.ts";

/** Longer defaults stand in the example. */
const DEFAULT_CHARS_MAX = 100;

/** The page. */
export function configPage(role: Role): ManPage {
  const { name, sections } = role;
  return manPage({
    name: `opsen-${name}.yml`,
    section: 5,
    summary: `configuration of the ${name} of opsen`,
    body: [
      ".Sh DESCRIPTION",
      "A file in YAML.",
      "Each key can be set by its flag or its variable too, where it has one: a flag comes before a variable, and",
      "a variable before the file.",
      `.Ql ${argument(`opsen config check --role ${name} --config FILE`)}`,
      "tells what is wrong with a file, and",
      `.Ql ${argument(`opsen config example --role ${name}`)}`,
      "prints one with every key.",
      ...sections.flatMap(({ title, keys }) => [
        `.Ss ${argument(title)}`,
        ".Bl -tag -width Ds",
        ...leavesOf(keys).flatMap(keyLines),
        ".El",
      ]),
      ".Sh SEE ALSO",
      ".Xr opsen 1 ,",
      ...name === "client"
        ? [".Xr opsen\\-client 1 ,", ".Xr opsen\\-config 1"]
        : [".Xr opsen\\-config 1 ,", ".Xr opsen\\-server 1"],
    ],
  });
}

function keyLines(leaf: Leaf): string[] {
  const { path, key, outside } = leaf;
  const names = outside === undefined
    ? []
    : [...outside.flags, outside.variable];
  return [
    `.It Ic ${argument(path)}`,
    `${plain(key.help)}${key.needsRestart ? " (needs a restart)" : ""}.`,
    `${plain(`Wanted: ${wantedText(key.shape)}`)}.`,
    ...defaultLines(leaf),
    ...(names.length === 0 ? [] : [".br", plain(names.join(", "))]),
  ];
}

function defaultLines({ key }: Leaf): string[] {
  const value = defaultOf(key);
  if (key.absent.kind === "required" || value === undefined) return [];
  const text = yamlValue(key.shape, value);
  return text.length > DEFAULT_CHARS_MAX || text.includes("\n")
    ? []
    : [`${plain(`Default: ${text}`)}.`];
}
