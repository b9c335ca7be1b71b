/**
 * Loads the configuration of a role: flags over `OPSEN_*` variables over the file over defaults. Every source is
 * checked whole, also where a stronger one covers it, so that all its problems come to light at once.
 */
import { check, checkKeys, type Place, TOP } from "./check.ts";
import { FAULTY, type Values } from "./default_of.ts";
import { CONFIG_BYTES_MAX, type FileReader } from "./file_reader.ts";
import { Findings } from "./findings.ts";
import type { Given, Spot } from "./given.ts";
import type { ConfigOf, Keys } from "./key.ts";
import { type Leaf, leavesOf, valueAt } from "./leaf.ts";
import { idleNotices, type Notice } from "./notice.ts";
import { problemLines } from "./problem.ts";
import type { Role } from "./role.ts";
import type { YamlContent } from "./read_yaml.ts";
import { applyRules, type Rule } from "./rule.ts";

/** The world a configuration is loaded from. */
export interface LoadInput {
  /** The file named on the command line; without it, the one in OPSEN_CONFIG, if any. */
  readonly configPath?: string | undefined;
  /** Flags in the order in which they were given. */
  readonly flags: readonly SaidFlag[];
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  readonly readFile: FileReader;
}

/** A flag with its value, as text. */
export interface SaidFlag {
  /** Path of the key that it sets. */
  readonly path: string;
  /** The flag as it was written, such as `--db`. */
  readonly flag: string;
  readonly value: string;
}

/** A configuration with where it came from, or everything that is wrong with it. */
export type Loaded<Config> =
  | {
    readonly kind: "loaded";
    readonly config: Config;
    /** Where each value was given, by path; the others have their defaults. */
    readonly sources: ReadonlyMap<string, Spot>;
    /** What the operator should hear, once a logger is there. */
    readonly notices: readonly Notice[];
  }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** The variable that names the file when no flag does. */
export const CONFIG_VARIABLE = "OPSEN_CONFIG";

/** Values of Docker's and Kubernetes' service links, which make variables out of the names of services. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

/** Loads and checks the configuration of a role. Nothing is thrown for anything an operator can write. */
export async function load<Table extends Keys>(
  role: Role<Table>,
  rules: readonly Rule<ConfigOf<Table>>[],
  input: LoadInput,
): Promise<Loaded<ConfigOf<Table>>> {
  const file = await readGroup(input);
  const findings = new Findings();
  const values = checkKeys(role.keys, file.group, TOP, findings);
  if (values === FAULTY) {
    throw new TypeError(`Each key of the ${role.name} must have a default`);
  }
  const notices: Notice[] = [];
  for (const leaf of leavesOf(role.keys)) {
    const ignored = takeVariable(leaf, input, values, findings);
    if (ignored !== undefined) notices.push(ignored);
    takeFlags(leaf, input, values, findings);
  }
  // The type is made of the very table that was checked.
  const config = values as ConfigOf<Table>;
  if (file.group !== undefined || file.problems.length === 0) {
    notices.push(...applyRules(rules, config, findings));
  }
  const problems = [...file.problems, ...findings.problems];
  if (problems.length > 0) {
    return { kind: "invalid", problems: problemLines(problems) };
  }
  notices.push(...idleNotices(findings.idle));
  return { kind: "loaded", config, sources: findings.spots, notices };
}

async function readGroup(
  { configPath, env, readFile }: LoadInput,
): Promise<YamlContent> {
  const path = configPath ?? (env(CONFIG_VARIABLE) || undefined);
  if (path === undefined) return { group: undefined, problems: [] };
  const content = readFile(path, CONFIG_BYTES_MAX);
  switch (content.kind) {
    case "unreadable":
      return unusable(path, content.found, "a YAML file");
    case "too_large":
      return unusable(
        path,
        "a larger file",
        `at most ${CONFIG_BYTES_MAX} bytes of YAML`,
      );
    case "read":
      return await readBytes(path, content.bytes);
  }
}

async function readBytes(
  path: string,
  bytes: Uint8Array,
): Promise<YamlContent> {
  const text = decode(bytes);
  if (text === undefined) {
    return unusable(path, "bytes that are not UTF-8", "text in UTF-8");
  }
  // Many clients have no file, and the parser takes 50 ms and 5 MB to load.
  const { readYaml } = await import("./read_yaml.ts");
  return readYaml(path, text);
}

function unusable(path: string, found: string, wanted: string): YamlContent {
  const problem = { spot: undefined, path, found, wanted };
  return { group: undefined, problems: [problem] };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Takes a variable, or says why it is ignored. An empty one counts as absent: that is what compose files make of a
 * value that nobody set.
 */
function takeVariable(
  leaf: Leaf,
  { env }: LoadInput,
  values: Values,
  findings: Findings,
): Notice | undefined {
  const name = leaf.outside?.variable;
  const text = name === undefined ? "" : env(name) ?? "";
  if (name === undefined || text === "") return undefined;
  const spot: Spot = { kind: "environment", name };
  const isLink = SERVICE_LINK.test(text) &&
    checkText(leaf, text, spot, new Findings()) === FAULTY;
  if (isLink) {
    const message = `${name} is ignored: it holds a service link, not a value`;
    return { level: "warn", key: leaf.path, message };
  }
  take(leaf, text, spot, values, findings);
  return undefined;
}

/** The last flag of a single value counts; those of a list add up. */
function takeFlags(
  leaf: Leaf,
  { flags }: LoadInput,
  values: Values,
  findings: Findings,
): void {
  const said = flags.filter(({ path }) => path === leaf.path);
  const last = said.at(-1);
  if (last === undefined) return;
  const text = leaf.key.shape.kind === "list"
    ? said.map(({ value }) => value).join(",")
    : last.value;
  take(leaf, text, { kind: "flag", name: last.flag }, values, findings);
}

function take(
  leaf: Leaf,
  text: string,
  spot: Spot,
  values: Values,
  findings: Findings,
): void {
  const value = checkText(leaf, text, spot, findings);
  if (value === FAULTY) return;
  findings.set(leaf.path, spot, leaf.state);
  const around = valueAt(values, leaf.names.slice(0, -1));
  const name = leaf.names.at(-1);
  if (typeof around === "object" && around !== null && name !== undefined) {
    Reflect.set(around, name, value);
  }
}

function checkText(
  { path, key }: Leaf,
  value: string,
  spot: Spot,
  findings: Findings,
): unknown {
  const given: Given = { kind: "words", value, spot };
  const place: Place = { path, secret: key.secret, state: undefined };
  return check(key.shape, given, place, findings);
}
