/**
 * The named servers of an operator, in `$XDG_CONFIG_HOME/opsen/contexts.yml` (XDG Base Directory Specification 0.8, by
 * default ~/.config). The file may hold keys, so it is for its owner alone.
 */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type ConfigOf, text } from "../config/key.ts";
import { check, TOP } from "../config/check.ts";
import { FAULTY } from "../config/default_of.ts";
import { readDocument } from "../config/document.ts";
import { CONFIG_BYTES_MAX } from "../config/file_reader.ts";
import { Findings } from "../config/findings.ts";
import type { GivenEntry, GivenGroup } from "../config/given.ts";
import { problemLines } from "../config/problem.ts";
import { HTTP_URL, orEmpty, PATH, SECRET } from "../config/text_format.ts";
import type { Shell } from "./shell.ts";

/** What a context says. */
const CONTEXT_KEYS = {
  server: text({ help: "URL of the server", format: HTTP_URL }),
  api_key: text({
    help: "Key to send",
    default: "",
    format: SECRET,
    secret: true,
  }),
  api_key_file: file("File that holds the key alone"),
  ca_file: file("Authority of the server's certificate"),
  cert_file: file("Certificate to show to the server"),
  key_file: file("Its private key"),
};

/** A named server; files are absolute paths, empty for none. */
export type Context = ConfigOf<typeof CONTEXT_KEYS> & {
  readonly name: string;
};

/** All of them. */
export interface Contexts {
  readonly current: string;
  readonly all: readonly Context[];
}

/** What became of reading them. */
export type ContextsRead =
  | ({ readonly kind: "read" } & Contexts)
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** What a context may be called, so that it is one word for every shell. */
export const CONTEXT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** The same in words. */
export const CONTEXT_NAME_WANTED =
  'a name of at most 64 letters, digits, ".", "_" and "-"';

/** Where the file is; undefined where nobody has a home. */
export function contextsPath({ env }: Pick<Shell, "env">): string | undefined {
  const said = env("XDG_CONFIG_HOME") ?? "";
  const home = env("HOME") ?? "";
  if (isAbsolute(said)) return join(said, "opsen", "contexts.yml");
  return home === ""
    ? undefined
    : join(home, ".config", "opsen", "contexts.yml");
}

/** Reads the contexts; without a file there are none. Warns when others can read them. */
export async function readContexts(
  path: string | undefined,
  shell: Shell,
): Promise<ContextsRead> {
  const stat = path === undefined ? undefined : statOf(path);
  if (path === undefined || stat === undefined) {
    return { kind: "read", current: "", all: [] };
  }
  if (((stat.mode ?? 0) & 0o077) !== 0) {
    shell.err(
      `Warning: others can read "${path}" and the keys in it: chmod 600 ${path}\n`,
    );
  }
  const content = shell.readFile(path, CONFIG_BYTES_MAX);
  const { group, problems } = await readDocument({ name: path, content });
  const findings = new Findings();
  for (const problem of problems) findings.refuse(problem);
  const contexts = contextsOf(group, dirname(path), findings);
  return findings.problems.length === 0
    ? { kind: "read", ...contexts }
    : { kind: "invalid", problems: problemLines(findings.problems) };
}

function contextsOf(
  group: GivenGroup | undefined,
  folder: string,
  findings: Findings,
): Contexts {
  for (const [name, { spot }] of group?.entries ?? []) {
    if (name === "current" || name === "contexts") continue;
    const wanted = '"current" or "contexts"';
    findings.refuse({ spot, path: name, found: "an unknown key", wanted });
  }
  const given = group?.entries.get("contexts")?.value;
  if (given !== undefined && !["group", "nothing"].includes(given.kind)) {
    const wanted = "names, each with its server";
    const found = `a ${given.kind}`;
    findings.refuse({ spot: given.spot, path: "contexts", found, wanted });
  }
  const entries = given?.kind === "group" ? [...given.entries] : [];
  const all = entries.flatMap(([name, entry]) =>
    contextOf(name, entry, folder, findings)
  );
  const current = currentOf(group, entries.map(([name]) => name), findings);
  return { current, all };
}

function contextOf(
  name: string,
  { spot, value }: GivenEntry,
  folder: string,
  findings: Findings,
): Context[] {
  const path = `contexts.${name.slice(0, 64)}`;
  if (!CONTEXT_NAME.test(name)) {
    const found = JSON.stringify(name.slice(0, 64));
    const wanted = CONTEXT_NAME_WANTED;
    findings.refuse({ spot, path: "contexts", found, wanted });
    return [];
  }
  const shape = { kind: "group", keys: CONTEXT_KEYS } as const;
  const place = { ...TOP, path };
  const given = value.kind === "nothing"
    ? { kind: "group", entries: new Map(), spot } as const
    : value;
  const values = check(shape, given, place, findings);
  if (values === FAULTY || typeof values !== "object") return [];
  const context = values as ConfigOf<typeof CONTEXT_KEYS>;
  if (context.apiKey !== "" && context.apiKeyFile !== "") {
    const found = 'both "api_key" and "api_key_file"';
    findings.refuse({ spot, path, found, wanted: "one of them" });
  }
  const url = URL.parse(context.server);
  if (url?.username || url?.password) {
    const found = "a name or password in the URL";
    const wanted = "it without; a key goes into api_key_file";
    findings.refuse({ spot, path: `${path}.server`, found, wanted });
  }
  const absolute = (file: string) => file === "" ? "" : resolve(folder, file);
  return [{
    ...context,
    name,
    apiKeyFile: absolute(context.apiKeyFile),
    caFile: absolute(context.caFile),
    certFile: absolute(context.certFile),
    keyFile: absolute(context.keyFile),
  }];
}

function currentOf(
  group: GivenGroup | undefined,
  names: readonly string[],
  findings: Findings,
): string {
  const given = group?.entries.get("current")?.value;
  if (given === undefined || given.kind === "nothing") return "";
  const name = given.kind === "text"
    ? given.value
    : given.kind === "number"
    ? given.written
    : undefined;
  if (name !== undefined && (name === "" || names.includes(name))) return name;
  findings.refuse({
    spot: given.spot,
    path: "current",
    found: name === undefined ? `a ${given.kind}` : JSON.stringify(name),
    wanted: names.length === 0
      ? "nothing, as there are no contexts"
      : `one of ${names.map((one) => JSON.stringify(one)).join(", ")}`,
  });
  return "";
}

function file(help: string) {
  return text({ help, default: "", format: orEmpty(PATH) });
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
