/** Gives a command the flags of a role's configuration, made from its table of keys, and remembers what was said. */
import { Command, Option } from "commander";
import { defaultOf } from "../config/default_of.ts";
import { type Leaf, leavesOf } from "../config/leaf.ts";
import { CONFIG_VARIABLE } from "../config/load.ts";
import type { SaidFlag } from "../config/outside_values.ts";
import type { Role } from "../config/role.ts";
import type { Shape } from "../config/shape.ts";
import { yamlValue } from "../config/yaml_text.ts";

/** What a command line says of the configuration. */
export interface ConfigFlags {
  /** The file of `--config`. */
  readonly configPath: string | undefined;
  /** All other flags in their order. */
  readonly flags: readonly SaidFlag[];
}

/** Adds the flags; the returned function tells, once the command line is parsed, what was said. */
export function addConfigFlags(
  command: Command,
  role: Role,
): () => ConfigFlags {
  const said: SaidFlag[] = [];
  command.option(
    "--config <file>",
    `YAML file (env ${CONFIG_VARIABLE}); opsen config example shows one`,
  );
  for (const { title, keys } of role.sections) {
    for (const leaf of leavesOf(keys)) addFlag(command, leaf, title, said);
  }
  return () => ({
    configPath: command.opts<{ config?: string }>().config,
    flags: said,
  });
}

/** Parses arguments that are nothing but flags of a role, in the name of a command that can't know the role before. */
export function parseConfigFlags(
  role: Role,
  args: readonly string[],
  parent: Command,
): ConfigFlags {
  const command = new Command(`${parent.name()} --role ${role.name}`)
    .copyInheritedSettings(parent)
    .allowExcessArguments(false);
  const flags = addConfigFlags(command, role);
  command.parse(args, { from: "user" });
  return flags();
}

function addFlag(
  command: Command,
  leaf: Leaf,
  section: string,
  said: SaidFlag[],
): void {
  if (leaf.outside === undefined) return;
  const { path, key: { shape } } = leaf;
  const [flag = "", ...aliases] = leaf.outside.flags;
  const value = shape.kind === "flag"
    ? "[true|false]"
    : `<${placeholder(shape)}>`;
  const option = new Option(
    `${[...aliases, flag].join(", ")} ${value}`,
    describe(leaf, leaf.outside.variable),
  ).helpGroup(`${section}:`);
  if (shape.kind === "choice") option.argChoices = [...shape.choices];
  command.addOption(option);
  command.on(`option:${option.name()}`, (text: string | null) => {
    said.push({ path, flag, value: text ?? "true" });
  });
  if (shape.kind !== "flag") return;
  const negation = new Option(flag.replace("--", "--no-")).hideHelp();
  command.addOption(negation);
  command.on(`option:${negation.name()}`, () => {
    said.push({ path, flag: negation.flags, value: "false" });
  });
}

function describe({ key }: Leaf, variable: string): string {
  const value = defaultOf(key);
  const facts = [
    value === undefined || value === ""
      ? ""
      : `default ${yamlValue(key.shape, value)}`,
    `env ${variable}`,
  ];
  return `${key.help} (${facts.filter((fact) => fact !== "").join(", ")})`;
}

function placeholder(shape: Shape): string {
  switch (shape.kind) {
    case "flag":
      return "true|false";
    case "whole":
    case "number":
      return "number";
    case "text":
    case "text_or_group":
      return "text";
    case "choice":
      return "word";
    case "list":
      return "a,b,…";
    case "group":
      return "keys";
  }
}
