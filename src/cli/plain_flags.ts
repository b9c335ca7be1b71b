/**
 * Reads the flags of a role without commander, as commander would. Whatever is not plainly right (a typing error, a
 * request for help) is left to commander, which explains it.
 */
import { leavesOf } from "../config/leaf.ts";
import type { SaidFlag } from "../config/load.ts";
import type { Role } from "../config/role.ts";
import type { ConfigFlags } from "./config_flags.ts";

/** What a flag sets: a key that takes a value, a key that is true or false, or the negation of one. */
interface Target {
  readonly path: string;
  /** The flag as it is named in messages. */
  readonly flag: string;
  readonly takes: "value" | "maybe" | "nothing";
}

/** What the arguments say, or undefined when commander should look at them. */
export function plainFlags(
  args: readonly string[],
  role: Role,
): ConfigFlags | undefined {
  const targets = targetsOf(role);
  const flags: SaidFlag[] = [];
  let configPath: string | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const [, name = "", equalled] =
      /^--?([A-Za-z][A-Za-z0-9-]+)(?:=(.*))?$/s.exec(args[index] ?? "") ?? [];
    const target = targets.get(`--${name}`);
    if (target === undefined) return undefined;
    const next = args[index + 1];
    const value = equalled ?? valueAfter(target, next);
    const isNegation = target.takes === "nothing";
    if (value === undefined || (isNegation && equalled !== undefined)) {
      return undefined;
    }
    if (equalled === undefined && takesNext(target, next)) index += 1;
    if (target.path === "") configPath = value;
    else flags.push({ path: target.path, flag: target.flag, value });
  }
  return { configPath, flags };
}

function targetsOf(role: Role): Map<string, Target> {
  const targets = new Map<string, Target>([
    ["--config", { path: "", flag: "--config", takes: "value" }],
  ]);
  for (const { path, key, outside } of leavesOf(role.keys)) {
    const [flag = "", ...aliases] = outside?.flags ?? [];
    if (flag === "") continue;
    const takes = key.shape.kind === "flag" ? "maybe" : "value";
    for (const name of [flag, ...aliases]) {
      targets.set(name, { path, flag, takes });
    }
    if (takes === "maybe") {
      const negation = flag.replace("--", "--no-");
      targets.set(negation, { path, flag: negation, takes: "nothing" });
    }
  }
  return targets;
}

/** The value that stands after the flag, or what the flag means alone; undefined when a value is missing. */
function valueAfter(
  target: Target,
  next: string | undefined,
): string | undefined {
  if (takesNext(target, next)) return next;
  switch (target.takes) {
    case "value":
      return undefined;
    case "maybe":
      return "true";
    case "nothing":
      return "false";
  }
}

/** A flag that may stand alone takes no argument that looks like a flag itself; a negative number does not. */
function takesNext({ takes }: Target, next: string | undefined): boolean {
  if (next === undefined || takes === "nothing") return false;
  return takes === "value" || !/^-./.test(next) || NEGATIVE_NUMBER.test(next);
}

/** As commander has it. */
const NEGATIVE_NUMBER = /^-(\d+|\d*\.\d+)([eE][+-]?\d+)?$/;
