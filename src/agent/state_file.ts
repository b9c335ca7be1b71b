/**
 * The client's state file: its id, and what tells that the id is still its own. Owns the lock on the folder, which ends with
 * the process; bounded by one small file.
 */
import { makeFolder, readBounded, replacePrivately } from "./private_file.ts";

/** What the file holds. */
export interface ClientState {
  readonly clientId: string;
  /** Of the machine that made the id; empty when it had none. */
  readonly machineId: string;
  readonly serverUrl: string;
}

/** What was found; a file that can't be understood was renamed and is there for people. */
export type StateRead =
  | { readonly kind: "found"; readonly state: ClientState }
  | { readonly kind: "missing" }
  | { readonly kind: "corrupt"; readonly movedTo: string };

/** Name of the file in its folder. */
const FILE_NAME = "client.json";
/** Ids the server takes: safe in a path, a log line and a table. */
const CLIENT_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** A state file in its folder, which is made when it is missing. Throws where that or the file can't be had. */
export class StateFile implements Disposable {
  readonly path: string;
  readonly #folder: string;
  readonly #lock: Deno.FsFile | undefined;
  /** Whether another process has the same file open, and so may report under the same id. */
  readonly isShared: boolean;

  constructor(folder: string) {
    makeFolder(folder);
    this.#folder = folder;
    this.path = `${folder}/${FILE_NAME}`;
    const lock = lockFolder(folder);
    this.isShared = lock === "taken";
    this.#lock = lock instanceof Deno.FsFile ? lock : undefined;
  }

  /** Reads the file. */
  read(): StateRead {
    let text: string;
    try {
      text = readBounded(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { kind: "missing" };
      throw error;
    }
    const state = parseState(text);
    if (state !== undefined) return { kind: "found", state };
    const movedTo = `${this.path}.corrupt`;
    Deno.renameSync(this.path, movedTo);
    return { kind: "corrupt", movedTo };
  }

  /** Replaces the file. */
  write(state: ClientState): void {
    replacePrivately(this.#folder, FILE_NAME, stateText(state));
  }

  [Symbol.dispose](): void {
    this.#lock?.close();
  }
}

/** The state in the text of a file; undefined when it is none. */
export function parseState(text: string): ClientState | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { client_id: clientId, machine_id: machineId, server_url: serverUrl } =
    json as Readonly<Record<string, unknown>>;
  if (typeof clientId !== "string" || !CLIENT_ID.test(clientId)) {
    return undefined;
  }
  if (typeof machineId !== "string" || typeof serverUrl !== "string") {
    return undefined;
  }
  return { clientId, machineId, serverUrl };
}

function stateText(state: ClientState): string {
  const json = {
    client_id: state.clientId,
    machine_id: state.machineId,
    server_url: state.serverUrl,
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** A folder can be locked like a file, which leaves nothing behind; where it can't, nobody learns of a second process. */
function lockFolder(folder: string): Deno.FsFile | "taken" | undefined {
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(folder);
    if (file.tryLockSync(true)) return file;
    file.close();
    return "taken";
  } catch {
    file?.close();
    return undefined;
  }
}
