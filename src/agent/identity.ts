/**
 * The id of this client: the same after every restart, and another one on a copy of its disk. Owns the state file for as
 * long as the client runs.
 */
import type { Logger } from "../ports.ts";
import { StateFile } from "./state_file.ts";
import { stateFolders, type StateFolderSources } from "./state_folders.ts";

/** What decides who this client is. */
export interface IdentitySources extends StateFolderSources {
  /** The configured id, or empty. */
  readonly clientId: string;
  readonly serverUrl: string;
  /** Of this machine, or empty. */
  readonly machineId: string;
  readonly logger: Logger;
}

/** The id, and the hold on its file. */
export interface Identity extends Disposable {
  readonly clientId: string;
}

/**
 * Finds the id out: as configured, else from the first folder that can be used, else one that lasts until the client stops.
 * Never fails, because a machine that reports under a new id is better than one that does not report.
 */
export function openIdentity(sources: IdentitySources): Identity {
  if (sources.clientId !== "") return withoutFile(sources.clientId);
  const obstacles: string[] = [];
  for (const folder of stateFolders(sources)) {
    try {
      return openIn(folder, sources);
    } catch (error) {
      obstacles.push(error instanceof Error ? error.message : String(error));
    }
  }
  sources.logger.warn(
    'No folder can keep this client\'s id, so it has one until it stops and will be a new backend then; set "state_dir" or "client_id"',
    { obstacles },
  );
  return withoutFile(crypto.randomUUID());
}

function openIn(folder: string, sources: IdentitySources): Identity {
  const file = new StateFile(folder);
  try {
    const clientId = idIn(file, sources);
    if (file.isShared) {
      sources.logger.warn(
        `Another client has "${file.path}" open and reports under the same id; give each its own "state_dir" or "client_id"`,
      );
    }
    return { clientId, [Symbol.dispose]: () => file[Symbol.dispose]() };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

function idIn(file: StateFile, sources: IdentitySources): string {
  const { machineId, serverUrl, logger } = sources;
  const read = file.read();
  switch (read.kind) {
    case "missing":
      return newIdIn(file, sources);
    case "corrupt":
      logger.warn(
        `The state file "${file.path}" could not be understood and is now "${read.movedTo}"; this client has a new id`,
      );
      return newIdIn(file, sources);
    case "found": {
      const { state } = read;
      if (isOtherMachine(state.machineId, machineId)) {
        logger.warn(
          `The state file "${file.path}" is from another machine, of which this one is a copy; this client has a new id`,
          { before: state.clientId },
        );
        return newIdIn(file, sources);
      }
      const current = {
        clientId: state.clientId,
        machineId: machineId || state.machineId,
        serverUrl,
      };
      if (
        current.machineId !== state.machineId || serverUrl !== state.serverUrl
      ) keepIfPossible(file, current, logger);
      return state.clientId;
    }
  }
}

function newIdIn(file: StateFile, sources: IdentitySources): string {
  const { machineId, serverUrl } = sources;
  const clientId = crypto.randomUUID();
  file.write({ clientId, machineId, serverUrl });
  return clientId;
}

/** An id that could be read is good although its file can't be brought up to date. */
function keepIfPossible(
  file: StateFile,
  state: Parameters<StateFile["write"]>[0],
  logger: Logger,
): void {
  try {
    file.write(state);
  } catch (error) {
    logger.warn(`Cannot update the state file "${file.path}"`, { error });
  }
}

/** A container often has no machine id; what is not known is no sign of a copy. */
function isOtherMachine(before: string, now: string): boolean {
  return before !== "" && now !== "" && before !== now;
}

function withoutFile(clientId: string): Identity {
  return { clientId, [Symbol.dispose]: () => {} };
}
