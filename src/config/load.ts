/**
 * Loads the configuration of a role: flags over `OPSEN_*` variables over the document of `config_url` over the file over
 * defaults. Every source is checked whole, also where a stronger one covers it, so that all its problems come to light
 * at once.
 */
import { checkKeys, TOP } from "./check.ts";
import { FAULTY } from "./default_of.ts";
import { type ConfigDocument, NO_KEYS, readDocument } from "./document.ts";
import { CONFIG_BYTES_MAX, type FileReader } from "./file_reader.ts";
import { Findings } from "./findings.ts";
import type { Spot } from "./given.ts";
import type { ConfigOf, Keys } from "./key.ts";
import { idleNotices, type Notice } from "./notice.ts";
import { type SaidOutside, takeOutside } from "./outside_values.ts";
import { layered } from "./overlay.ts";
import { problemLines } from "./problem.ts";
import type { Role } from "./role.ts";
import { applyRules, type Rule } from "./rule.ts";

/** The world a configuration is loaded from. */
export interface LoadInput extends SaidOutside {
  /** The file named on the command line; without it, the one in OPSEN_CONFIG, if any. */
  readonly configPath?: string | undefined;
  readonly readFile: FileReader;
  /** A document whose keys stand above those of the file. */
  readonly overlay?: ConfigDocument | undefined;
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

/** Loads and checks the configuration of a role. Nothing is thrown for anything an operator can write. */
export async function load<Table extends Keys>(
  role: Role<Table>,
  rules: readonly Rule<ConfigOf<Table>>[],
  input: LoadInput,
): Promise<Loaded<ConfigOf<Table>>> {
  const document = fileDocument(input);
  const file = document === undefined ? NO_KEYS : await readDocument(document);
  const overlay = input.overlay === undefined
    ? NO_KEYS
    : await readDocument(input.overlay);
  const { group, covered, problems: local } = layered(
    file.group,
    overlay.group,
  );
  const hidden = new Findings();
  checkKeys(role.keys, covered, TOP, hidden);
  const findings = new Findings();
  const values = checkKeys(role.keys, group, TOP, findings);
  if (values === FAULTY) {
    throw new TypeError(`Each key of the ${role.name} must have a default`);
  }
  const notices = takeOutside(role.keys, input, values, findings);
  // The type is made of the very table that was checked.
  const config = values as ConfigOf<Table>;
  const unread = [file, overlay].filter(({ group }) => group === undefined)
    .flatMap(({ problems }) => problems);
  if (unread.length === 0) {
    notices.push(...applyRules(rules, config, findings));
  }
  const problems = [
    ...file.problems,
    ...hidden.problems,
    ...overlay.problems,
    ...local,
    ...findings.problems,
  ];
  if (problems.length > 0) {
    return { kind: "invalid", problems: problemLines(problems) };
  }
  notices.push(...idleNotices(findings.idle));
  return { kind: "loaded", config, sources: findings.spots, notices };
}

/** Path of the file that a program was told to load; undefined for none. */
export function configPathOf(
  { configPath, env }: Pick<LoadInput, "configPath" | "env">,
): string | undefined {
  return configPath ?? (env(CONFIG_VARIABLE) || undefined);
}

/** The file that a program was told to load, read; undefined for none. */
export function fileDocument(input: LoadInput): ConfigDocument | undefined {
  const name = configPathOf(input);
  return name === undefined
    ? undefined
    : { name, content: input.readFile(name, CONFIG_BYTES_MAX) };
}
