/**
 * Where a client keeps its credential: a file of its own in the state folder, for one id and one server. Owns no state
 * but the path; bounded by one small file.
 */
import { makeFolder, readBounded, replacePrivately } from "./private_file.ts";

/** What decides which file it is. */
export interface CredentialPlace {
  /** Folders that may hold it, the best place first. */
  readonly folders: readonly string[];
  readonly clientId: string;
  readonly serverUrl: string;
}

/** What is kept. */
export interface KeptCredential {
  /** What the server gave; undefined when it gave none yet. */
  readonly credential: string | undefined;
  /** What the server was asked to accept instead; undefined when nothing is asked for. */
  readonly proposal: string | undefined;
}

/** Hexadecimal digits of a file's name: enough for the few files of a folder. */
const NAME_DIGITS = 16;

/** Shows nobody but its server what it holds: a credential for another URL is another file. */
export class CredentialFile {
  readonly #place: CredentialPlace;
  readonly #name: string;

  private constructor(place: CredentialPlace, name: string) {
    this.#place = place;
    this.#name = name;
  }

  /** The file of a client, which need not be there. */
  static async of(given: CredentialPlace): Promise<CredentialFile> {
    const serverUrl = bareUrl(given.serverUrl);
    const place = { ...given, serverUrl };
    const bytes = new TextEncoder().encode(`${serverUrl} ${place.clientId}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const digits = digest.toHex().slice(0, NAME_DIGITS);
    return new CredentialFile(place, `credential-${digits}.json`);
  }

  /** The credential; undefined when there is none. Throws when there is one that can't be read or understood. */
  read(): KeptCredential | undefined {
    for (const folder of this.#place.folders) {
      const path = `${folder}/${this.#name}`;
      const text = textOf(path);
      if (text === undefined) continue;
      const kept = this.#keptIn(text);
      if (kept !== undefined) return kept;
      throw new Error(
        `Cannot use "${path}": wanted the credential of ${this.#place.clientId}, found something else`,
      );
    }
    return undefined;
  }

  /** Keeps a credential, in the first folder that takes it. Throws when none does. */
  write(kept: KeptCredential): void {
    const { folders, clientId, serverUrl } = this.#place;
    const json = { client_id: clientId, server_url: serverUrl, ...kept };
    const text = `${JSON.stringify(json, undefined, 2)}\n`;
    const obstacles: string[] = [];
    for (const folder of folders) {
      try {
        makeFolder(folder);
        return replacePrivately(folder, this.#name, text);
      } catch (error) {
        obstacles.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(
      `No folder can keep this client's credential (${
        obstacles.join("; ")
      }): set "state_dir"`,
    );
  }

  #keptIn(text: string): KeptCredential | undefined {
    const { clientId, serverUrl } = this.#place;
    const json = fieldsOf(text);
    const isOurs = json["client_id"] === clientId &&
      json["server_url"] === serverUrl;
    const credential = textIn(json["credential"]);
    const proposal = textIn(json["proposal"]);
    return isOurs && (credential ?? proposal) !== undefined
      ? { credential, proposal }
      : undefined;
  }
}

/** Without name, password and the slash at the end, so that one server has one name. */
function bareUrl(serverUrl: string): string {
  const { origin, pathname } = new URL(serverUrl);
  return origin + pathname.replace(/\/+$/, "");
}

/** A folder that this user can't look into holds nothing of his. */
function textOf(path: string): string | undefined {
  try {
    return readBounded(path);
  } catch (error) {
    const isElsewhere = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotADirectory;
    if (isElsewhere) return undefined;
    throw error;
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}
