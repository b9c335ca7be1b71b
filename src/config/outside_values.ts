/** Values from outside the documents: `OPSEN_*` variables, and flags above those. */
import { check, type Place } from "./check.ts";
import { FAULTY, type Values } from "./default_of.ts";
import { Findings } from "./findings.ts";
import type { Given, Spot } from "./given.ts";
import { type Leaf, leavesOf, valueAt } from "./leaf.ts";
import type { Keys } from "./key.ts";
import type { Notice } from "./notice.ts";

/** A flag with its value, as text. */
export interface SaidFlag {
  /** Path of the key that it sets. */
  readonly path: string;
  /** The flag as it was written, such as `--db`. */
  readonly flag: string;
  readonly value: string;
}

/** What is said of the configuration outside of documents. */
export interface SaidOutside {
  /** Flags in the order in which they were given. */
  readonly flags: readonly SaidFlag[];
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** Values of Docker's and Kubernetes' service links, which make variables out of the names of services. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

/** Puts what variables and flags say over the values of the keys; what was ignored comes back. */
export function takeOutside(
  keys: Keys,
  outside: SaidOutside,
  values: Values,
  findings: Findings,
): Notice[] {
  const notices: Notice[] = [];
  for (const leaf of leavesOf(keys)) {
    const ignored = takeVariable(leaf, outside, values, findings);
    if (ignored !== undefined) notices.push(ignored);
    takeFlags(leaf, outside, values, findings);
  }
  return notices;
}

/**
 * Takes a variable, or says why it is ignored. An empty one counts as absent: that is what compose files make of a
 * value that nobody set.
 */
function takeVariable(
  leaf: Leaf,
  { env }: SaidOutside,
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
  { flags }: SaidOutside,
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
