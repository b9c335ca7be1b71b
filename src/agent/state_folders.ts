/** Where a client may keep its state, the best place first. Owns no state. */

/** Folder of a service that runs without a manager that names one. */
export const SYSTEM_STATE_FOLDER = "/var/lib/opsen";

/** What decides. */
export interface StateFolderSources {
  /** The configured folder, or empty. */
  readonly stateDir: string;
  /** Reads a variable of the environment. */
  readonly environment: (name: string) => string | undefined;
  /** {@link SYSTEM_STATE_FOLDER}, but for tests. */
  readonly systemFolder: string;
}

/**
 * A configured folder is the only one. Otherwise: systemd's (systemd.exec(5), `StateDirectory=`, the first of several), that
 * of the XDG Base Directory Specification, the system's, the user's.
 */
export function stateFolders(sources: StateFolderSources): readonly string[] {
  const { stateDir, environment, systemFolder } = sources;
  if (stateDir !== "") return [stateDir];
  const folders: string[] = [];
  const [systemd = ""] = (environment("STATE_DIRECTORY") ?? "").split(":");
  if (systemd !== "") folders.push(systemd);
  const xdg = environment("XDG_STATE_HOME") ?? "";
  // "All paths set in these environment variables must be absolute", others are to be ignored.
  if (xdg.startsWith("/")) folders.push(`${xdg}/opsen`);
  folders.push(systemFolder);
  const home = environment("HOME") ?? "";
  if (home.startsWith("/")) folders.push(`${home}/.local/state/opsen`);
  return folders;
}
