/** What the build makes, as data. */
import { libcPaths } from "../../ffi/libc_symbols.ts";

/** One executable. */
export interface Artefact {
  /** What it is asked for by: `--role NAME`. */
  readonly role: string;
  /** Name of the file. */
  readonly file: string;
  /** Path of its entry module, relative to the repository. */
  readonly entry: string;
  /** Permissions it is granted, as flags of the runtime. */
  readonly permissions: readonly string[];
  /** First arguments, as a shell pattern, that start it with {@link SMALL_FOOTPRINT}. */
  readonly smallFor: string;
}

/**
 * Flags for a program that has next to nothing to compute and runs beside somebody's real work: no optimizing compilers,
 * no helper threads, a small nursery, no copy of compiled code. They take a client from 62 MB to 52 MB.
 */
export const SMALL_FOOTPRINT: readonly string[] = [
  "--no-code-cache",
  "--v8-flags=--no-opt,--no-maglev,--no-sparkplug,--single-threaded,--max-semi-space-size=1",
];

/** A pattern that every first argument matches, none included. */
export const ALWAYS = "*";
/** A pattern that no command matches. */
const NEVER = "never:";

/** What every executable but the server is granted: /proc is readable to programs with every permission only. */
const EVERYTHING: readonly string[] = ["--allow-all"];

/**
 * What the server is granted on a machine of a kind: the network, its database and configuration, and the environment (the whole of it: the
 * YAML parser reads variables of its own), and the C library, through which it moves bytes. It starts no programs,
 * loads nothing else and asks for no fact about the machine but its name, which its events carry, and its
 * addresses, where no backend may claim to be on our own ports.
 */
function serverNeeds(arch: string): readonly string[] {
  return [
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys=hostname,networkInterfaces",
    ...libraries(libcPaths(Deno.build.os, arch)),
  ];
}

/** The executables for machines of a kind, in the runtime's words for it: "x86_64", "aarch64". */
export function artefactsFor(arch: string): readonly Artefact[] {
  return [
    {
      role: "opsen",
      file: "opsen",
      entry: "main.ts",
      permissions: EVERYTHING,
      smallFor: "client",
    },
    {
      role: "server",
      file: "opsen-server",
      entry: "dist/build/opsen_server.ts",
      permissions: serverNeeds(arch),
      smallFor: NEVER,
    },
    {
      role: "client",
      file: "opsen-client",
      entry: "dist/build/opsen_client.ts",
      permissions: EVERYTHING,
      smallFor: ALWAYS,
    },
  ];
}

/** The executables for this machine. */
export const ARTEFACTS: readonly Artefact[] = artefactsFor(Deno.build.arch);

function libraries(paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`--allow-ffi=${paths.join(",")}`];
}
