/** Manual pages of the program and of its commands, from what they registered. */
import type { Argument, Command, Option } from "commander";
import { argument, literal, type ManPage, manPage, plain } from "./mdoc.ts";

/** Codes that every command can end with. */
const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "it worked"],
  ["1", "the server answered and said no, or what was looked at is not well"],
  ["2", "no server answered"],
  ["3", "the time to wait has passed with work left"],
  [
    "64",
    "the command line, the environment or a file of configuration is wrong",
  ],
  ["65", "a database or a certificate is damaged"],
  ["69", "something that is needed, such as a port, can't be had"],
  ["70", "something failed that nobody expected"],
  ["74", "a file can't be written or used"],
];

/** Variables that commands read which ask a server. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ["OPSEN_SERVER_URL", "URL of the server to ask"],
  ["OPSEN_API_KEY", "key to send"],
  ["OPSEN_CONTEXT", "named server to ask, see opsen-context(1)"],
  ["OPSEN_CA_FILE", "authority of the server's certificate"],
  ["OPSEN_CERT_FILE", "certificate to show to the server"],
  ["OPSEN_KEY_FILE", "its private key"],
  ["NO_COLOR", "no colours when it is not empty"],
];

/** The page of the program, then one for each command. */
export function commandPages(program: Command): ManPage[] {
  const visible = program.createHelp().visibleCommands(program)
    .filter((command) => command.name() !== "help");
  return [
    programPage(program, visible),
    ...visible.map((command) => pageOf(command, program.name())),
  ];
}

function programPage(
  program: Command,
  commands: readonly Command[],
): ManPage {
  return manPage({
    name: program.name(),
    section: 1,
    summary: lowerFirst(program.description()),
    body: [
      ".Sh SYNOPSIS",
      ".Nm",
      ".Ar command",
      ".Op Ar arguments",
      ".Sh DESCRIPTION",
      ".Bl -tag -width Ds",
      ...commands.flatMap((command) => [
        `.It Xr ${program.name()}\\-${command.name()} 1`,
        plain(command.description()),
      ]),
      ".El",
      ".Sh ENVIRONMENT",
      ...tagged(VARIABLES, "Ev"),
      ".Sh FILES",
      ".Bl -tag -width Ds",
      ".It Pa /etc/opsen/server.yml",
      ".Xr opsen\\-server.yml 5",
      ".It Pa /etc/opsen/client.yml",
      ".Xr opsen\\-client.yml 5",
      ".It Pa $XDG_CONFIG_HOME/opsen/contexts.yml",
      "named servers, by default below",
      ".Pa ~/.config",
      ".El",
      ".Sh EXIT STATUS",
      ...tagged(EXIT_CODES, "Li"),
      "With",
      ".Fl \\-json",
      "standard output holds one JSON value for every outcome of an ask: the answer, or the problem",
      "(RFC 9457) that the server, or for code 2 the command itself, says instead.",
    ],
  });
}

function pageOf(command: Command, program: string): ManPage {
  const name = `${program}-${command.name()}`;
  const said = `${program} ${command.name()}`;
  const parts = [command, ...command.commands];
  return manPage({
    name,
    section: 1,
    summary: command.description(),
    body: [
      ".Sh SYNOPSIS",
      ...parts.filter(isCalled).flatMap((part) =>
        synopsisOf(part, said, command)
      ),
      ".Sh DESCRIPTION",
      `${plain(upperFirst(command.description()))}.`,
      ...parts.flatMap((part) => descriptionOf(part, command)),
      ".Sh SEE ALSO",
      `.Xr ${program} 1${seeConfig(command)}`,
    ],
  });
}

/** A command that only leads to others is not called itself. */
function isCalled(part: Command): boolean {
  return part.commands.length === 0;
}

function synopsisOf(part: Command, said: string, whole: Command): string[] {
  const words = part === whole ? said : `${said} ${part.name()}`;
  return [
    ".Bd -ragged -offset indent",
    `.Ic ${argument(words)}`,
    ".Op Ar options",
    ...part.registeredArguments.map(argumentOf),
    ".Ed",
  ];
}

function argumentOf(one: Argument): string {
  const dots = one.variadic ? " ..." : "";
  const name = `Ar ${argument(one.name())}${dots}`;
  return one.required ? `.${name}` : `.Op ${name}`;
}

function descriptionOf(part: Command, whole: Command): string[] {
  const options = part.createHelp().visibleOptions(part)
    .filter(({ long }) => long !== "--help");
  const heading = part === whole ? [] : [
    `.Ss ${argument(part.name())}`,
    `${plain(upperFirst(part.description()))}.`,
  ];
  const rows = [
    ...part.registeredArguments.map((one) => [
      `.It Ar ${argument(one.name())}`,
      plain(one.description),
    ]),
    ...options.map((option) => [`.It ${flagOf(option)}`, wordsOf(option)]),
  ].flat();
  return [
    ...heading,
    ...(rows.length === 0 ? [] : [".Bl -tag -width Ds", ...rows, ".El"]),
    ...afterText(part),
  ];
}

/** `-V, --version` or `--limit <n>`; mdoc writes the first minus itself. */
function flagOf({ flags }: Option): string {
  const [, names = "", value] = /^([^<[]+?)\s*([<[].*)?$/.exec(flags) ?? [];
  const words = names.split(/[ ,|]+/).filter((name) => name !== "")
    .map((name) => `Fl ${argument(name.slice(1))}`).join(" , ");
  return value === undefined
    ? words
    : `${words} Ar ${argument(value.replace(/^[<[]|[>\]]$/g, ""))}`;
}

function wordsOf(option: Option): string {
  const { description, argChoices, defaultValue } = option;
  const choices = argChoices === undefined ? "" : ` (${argChoices.join(", ")})`;
  const isSaid = defaultValue === undefined || defaultValue === false ||
    Array.isArray(defaultValue);
  const fallback = isSaid ? "" : ` (default ${String(defaultValue)})`;
  return plain(`${description}${choices}${fallback}`);
}

/** What the command adds to its help; commander hands it out only after the help itself. */
function afterText(part: Command): string[] {
  const said: string[] = [];
  part.configureOutput({ writeOut: (text) => said.push(text) });
  part.outputHelp();
  const text = said.join("").replace(part.helpInformation(), "").trim();
  return text === "" ? [] : literal(text);
}

function seeConfig(command: Command): string {
  const name = command.name();
  return name === "server" || name === "client"
    ? ` ,\n.Xr opsen\\-${name}.yml 5`
    : "";
}

function tagged(
  rows: readonly (readonly [string, string])[],
  macro: string,
): string[] {
  return [
    ".Bl -tag -width Ds",
    ...rows.flatMap(([name, words]) => [
      `.It ${macro} ${argument(name)}`,
      plain(words),
    ]),
    ".El",
  ];
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
