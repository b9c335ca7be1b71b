/**
 * Limits and use of one control group (Documentation/admin-guide/cgroup-v2.rst, "CPU Interface Files" and "Memory Interface
 * Files"). Owns no state.
 *
 * A limit's file is missing where its controller is not enabled: then there is no limit at that level. Anything else
 * that can't be read or understood makes the reading absent, because a container that passes for its host would be
 * promised the host.
 */
import { absent, present, type Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** CPU time that a control group may use, and has used. */
export interface CpuLimit {
  /** Cores' worth of time, more than 0. */
  readonly quotaCores: number;
  /** Time used since the group was made, microseconds. */
  readonly usedMicros: number;
}

/** Memory that a control group may use, and uses; bytes. */
export interface MemoryLimit {
  readonly limitBytes: number;
  /** Without file caches that can be dropped. */
  readonly usedBytes: number;
}

/** The CPU limit of a directory; undefined where there is none. */
export function readCpuLimit(
  files: TextFiles,
  level: string,
): Reading<CpuLimit | undefined> {
  const quota = readNumber(files, `${level}/cpu.max`, parseCpuMax);
  if (quota.kind === "absent") {
    return noLimitUnlessThere(files, `${level}/cpu.max`, quota);
  }
  if (quota.value === Infinity) return present(undefined);
  const used = readNumber(files, `${level}/cpu.stat`, parseUsedMicros);
  if (used.kind === "absent") return used;
  return present({ quotaCores: quota.value, usedMicros: used.value });
}

/** The memory limit of a directory; undefined where there is none. */
export function readMemoryLimit(
  files: TextFiles,
  level: string,
): Reading<MemoryLimit | undefined> {
  const limit = readNumber(files, `${level}/memory.max`, parseBytes);
  if (limit.kind === "absent") {
    return noLimitUnlessThere(files, `${level}/memory.max`, limit);
  }
  if (limit.value === Infinity) return present(undefined);
  const current = readNumber(files, `${level}/memory.current`, parseBytes);
  if (current.kind === "absent") return current;
  const cached = readNumber(files, `${level}/memory.stat`, parseInactiveFile);
  if (cached.kind === "absent") return cached;
  return present({
    limitBytes: limit.value,
    usedBytes: Math.max(0, current.value - cached.value),
  });
}

/** `cpu.max` in cores: "150000 100000" is 1.5 and "max 100000" is infinite. Undefined for other texts. */
export function parseCpuMax(text: string): number | undefined {
  const [, quota = "", period = "100000"] =
    /^(max|\d+)(?:\s+(\d+))?\s*$/.exec(text) ?? [];
  if (quota === "max") return Infinity;
  const cores = Number(quota) / Number(period);
  return cores > 0 && cores < Infinity ? cores : undefined;
}

/** A number of bytes; "max" is infinite. Undefined for other texts. */
export function parseBytes(text: string): number | undefined {
  const word = text.trim();
  if (word === "max") return Infinity;
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

/** `usage_usec` of `cpu.stat`. */
export function parseUsedMicros(text: string): number | undefined {
  return parseFlatKey(text, /^usage_usec (\d+)$/m);
}

/** `inactive_file` of `memory.stat`: file caches that the kernel drops first. */
export function parseInactiveFile(text: string): number | undefined {
  return parseFlatKey(text, /^inactive_file (\d+)$/m);
}

function parseFlatKey(text: string, line: RegExp): number | undefined {
  const digits = line.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function readNumber(
  files: TextFiles,
  path: string,
  parse: (text: string) => number | undefined,
): Reading<number> {
  const text = files.reread(path);
  if (text.kind === "absent") return text;
  const number = parse(text.value);
  return number === undefined
    ? absent(`"${path}" does not hold what was expected`)
    : present(number);
}

function noLimitUnlessThere(
  files: TextFiles,
  path: string,
  unread: Reading<never>,
): Reading<undefined> {
  return files.exists(path) ? unread : present(undefined);
}
