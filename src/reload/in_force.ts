/** The configuration in force, replaced as a whole in one synchronous call and never changed. Owns it. */
import type { Documents } from "../config/document.ts";
import type { FileReader } from "../config/file_reader.ts";
import { liveChanges, type WaitingKey } from "../config/live_changes.ts";
import type { Notice } from "../config/notice.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock } from "../ports.ts";
import type { ConfigInForce } from "../wire/reload_outcome.ts";
import { changedFiles, contentHash, referencedHashes } from "./content_hash.ts";
import type { LoadDocuments, StartChoice } from "./start.ts";

/** A configuration of which everything that can fail is done. */
export interface Applicable {
  /** Puts it into force; must leave everything as it was if it throws. */
  apply(): void;
}

/**
 * Does what can fail: reads certificates and the like. The message of what it throws is a problem line. `mayOpen` says
 * that somebody means it, also when it opens the server to everybody.
 */
export type Prepare = (
  config: ServerConfig,
  mayOpen: boolean,
) => Promise<Applicable>;

/** A configuration that is in force. */
export interface Snapshot extends ConfigInForce {
  readonly config: ServerConfig;
  readonly documents: Documents;
  /** Hashes of the files that it names, by key. */
  readonly files: ReadonlyMap<string, string>;
}

/** What came of taking documents. */
export type Taken =
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | {
    readonly kind: "applied";
    readonly changed: readonly string[];
    readonly waiting: readonly WaitingKey[];
    readonly notices: readonly Notice[];
  };

/** What it is built from. */
export interface InForceParts {
  readonly load: LoadDocuments;
  readonly readFile: FileReader;
  readonly prepare: Prepare;
  /**
   * Hashes of the files that the server loads by itself when they change, as they are in use; none when absent. What it
   * took over is no change any more.
   */
  readonly fileHashes?: (() => ReadonlyMap<string, string>) | undefined;
  readonly clock: Clock;
}

/** What a server starts with: the version of its last run, unless the documents are others. */
export async function firstSnapshot(
  { documents, config, readFile, versions: { newest } }: StartChoice,
  clock: Clock,
): Promise<Snapshot> {
  const hash = await contentHash(documents);
  const isKnown = newest?.hash === hash;
  return {
    config,
    documents,
    hash,
    files: await referencedHashes(config, readFile),
    version: isKnown ? newest.version : (newest?.version ?? 0) + 1,
    appliedAtMs: isKnown ? newest.atMs : clock.wallMs(),
  };
}

/** Holds what is in force. */
export class InForce implements Disposable {
  readonly #parts: InForceParts;
  #snapshot: Snapshot;
  #isClosed = false;

  constructor(parts: InForceParts, first: Snapshot) {
    this.#parts = parts;
    this.#snapshot = first;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Whether documents with this hash, and the files that they name, are in force as they are now. */
  async isCurrent(hash: string): Promise<boolean> {
    const { config, hash: hashInForce } = this.#snapshot;
    if (hash !== hashInForce) return false;
    const now = await referencedHashes(config, this.#parts.readFile);
    return changedFiles(this.#filesInUse(), now).length === 0;
  }

  /** Loads documents and puts them into force, or says why not. Rejects when applying fails or it is too late. */
  async take(
    documents: Documents,
    hash: string,
    mayOpen: boolean,
  ): Promise<Taken> {
    const { load, readFile, prepare, clock } = this.#parts;
    const loaded = await load(documents);
    if (loaded.kind === "invalid") {
      return { kind: "refused", problems: loaded.problems };
    }
    const before = this.#snapshot;
    const filesBefore = this.#filesInUse();
    const { config, changed, waiting } = liveChanges(
      before.config,
      loaded.config,
    );
    // Before they are read for use: what changes in between is found to be new at the next look.
    const files = await referencedHashes(config, readFile);
    const prepared = await preparedBy(() => prepare(config, mayOpen));
    if (typeof prepared === "string") {
      return { kind: "refused", problems: [prepared] };
    }
    if (this.#isClosed) throw new Error("the server is stopping");
    prepared.apply();
    const version = before.version + 1;
    const appliedAtMs = clock.wallMs();
    this.#snapshot = { config, documents, hash, files, version, appliedAtMs };
    const keys = new Set([...changed, ...changedFiles(filesBefore, files)]);
    const { notices } = loaded;
    return { kind: "applied", changed: [...keys], waiting, notices };
  }

  #filesInUse(): ReadonlyMap<string, string> {
    const taken = this.#parts.fileHashes?.() ?? [];
    return new Map([...this.#snapshot.files, ...taken]);
  }

  /** From now on nothing comes into force any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
  }
}

async function preparedBy(
  prepare: () => Promise<Applicable>,
): Promise<Applicable | string> {
  try {
    return await prepare();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
