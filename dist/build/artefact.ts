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

/**
 * The executables. The client reads /proc, which the runtime opens only to programs with every permission; its
 * service unit confines it instead. The server needs the network, its database and configuration, the environment,
 * and facts about the machine; it starts no programs and loads no libraries.
 */
export const ARTEFACTS: readonly Artefact[] = [
  {
    role: "opsen",
    file: "opsen",
    entry: "main.ts",
    permissions: ["--allow-all"],
  },
  {
    role: "server",
    file: "opsen-server",
    entry: "dist/build/opsen_server.ts",
    permissions: [
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
    ],
  },
  {
    role: "client",
    file: "opsen-client",
    entry: "dist/build/opsen_client.ts",
    permissions: ["--allow-all"],
  },
];
