/** What the build makes, as data. */

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
}

/** What every executable but the server is granted: /proc is readable to programs with every permission only. */
const EVERYTHING: readonly string[] = ["--allow-all"];

/**
 * What the server is granted: the network, its database and configuration, and the environment (the whole of it: the
 * YAML parser reads variables of its own). It starts no programs, loads no libraries and asks for no facts about the
 * machine.
 */
const SERVER_NEEDS: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
];

/** The executables. */
export const ARTEFACTS: readonly Artefact[] = [
  {
    role: "opsen",
    file: "opsen",
    entry: "main.ts",
    permissions: EVERYTHING,
  },
  {
    role: "server",
    file: "opsen-server",
    entry: "dist/build/opsen_server.ts",
    permissions: SERVER_NEEDS,
  },
  {
    role: "client",
    file: "opsen-client",
    entry: "dist/build/opsen_client.ts",
    permissions: EVERYTHING,
  },
];
