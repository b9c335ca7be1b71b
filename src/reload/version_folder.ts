/**
 * The versions of the configuration that were in force, and what came of each look at it: in memory, and in a folder
 * beside the database from which a restarted server takes them. Owns that folder. What it can't write is kept in memory
 * all the same; what it can't read is passed over.
 */
import { reloadAnswerOf, reloadOutcomeOf } from "../wire/config_answer.ts";
import type { ReloadOutcome } from "../wire/reload_outcome.ts";
import { removeIfThere, writeAtomic } from "./atomic_file.ts";
import {
  type KeptVersion,
  textOfVersion,
  versionOfText,
} from "./kept_version.ts";
import { contentHash } from "./content_hash.ts";
import { type Pin, pinOfJson, textOfPin } from "./pin.ts";

/** Versions that can be brought back; older documents are those of another week. */
export const VERSIONS_KEPT = 20;
/** Outcomes that the history lists; a person reads no more. */
export const HISTORY_KEPT = 200;
/** Bound of the kept versions together, characters: a usual one has a few thousand. Two stay in any case. */
const TEXT_KEPT_MAX = 8 * 1024 * 1024;
/** Largest file that is read back: two documents at their bound, each character escaped. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** Problem lines that the history keeps of one outcome. */
const PROBLEMS_KEPT = 20;

const VERSION_FILE = /^version-[0-9]+\.json$/;

/** The folder for a database; undefined for one in memory, which leaves nothing behind. */
export function versionFolderPath(databasePath: string): string | undefined {
  return databasePath === ":memory:" ? undefined : `${databasePath}-config`;
}

/** Versions, outcomes and the pin. What changes them settles when it is on the disk and rejects when it can't be. */
export class VersionFolder {
  readonly #path: string | undefined;
  #versions: readonly KeptVersion[] = [];
  #history: readonly ReloadOutcome[] = [];
  #pin: Pin | undefined;

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Takes up what a folder holds; without a path everything is in memory alone. Never rejects. */
  static async open(path: string | undefined): Promise<VersionFolder> {
    const folder = new VersionFolder(path);
    if (path !== undefined) await folder.#read(path);
    return folder;
  }

  /** Oldest first. */
  get versions(): readonly KeptVersion[] {
    return this.#versions;
  }

  /** Newest last. */
  get history(): readonly ReloadOutcome[] {
    return this.#history;
  }

  get newest(): KeptVersion | undefined {
    return this.#versions.at(-1);
  }

  get pin(): Pin | undefined {
    return this.#pin;
  }

  find(version: number): KeptVersion | undefined {
    return this.#versions.find((kept) => kept.version === version);
  }

  /** Keeps a version that came into force; older ones with the same documents give way, then the oldest ones. */
  async keep(kept: KeptVersion): Promise<void> {
    const before = this.#versions;
    this.#versions = bounded([...before, kept]);
    const gone = before.filter((old) => !this.#versions.includes(old));
    await this.#write(`version-${kept.version}.json`, textOfVersion(kept));
    if (this.#path === undefined) return;
    for (const { version } of gone) {
      await removeIfThere(`${this.#path}/version-${version}.json`);
    }
  }

  /** Adds to the history. */
  async note(outcome: ReloadOutcome): Promise<void> {
    const problems = outcome.problems.slice(0, PROBLEMS_KEPT);
    this.#history = [...this.#history, { ...outcome, problems }]
      .slice(-HISTORY_KEPT);
    const lines = this.#history.map((past) =>
      `${JSON.stringify(reloadAnswerOf(past))}\n`
    );
    await this.#write("history.jsonl", lines.join(""));
  }

  /** Holds a rollback, or lets it go. */
  async setPin(pin: Pin | undefined): Promise<void> {
    if (pin === undefined && this.#pin === undefined) return;
    this.#pin = pin;
    await this.#write("pin.json", textOfPin(pin));
  }

  async #write(name: string, text: string): Promise<void> {
    if (this.#path === undefined) return;
    await Deno.mkdir(this.#path, { recursive: true, mode: 0o700 });
    await writeAtomic(`${this.#path}/${name}`, text);
  }

  async #read(path: string): Promise<void> {
    const names = await namesIn(path);
    const versions: KeptVersion[] = [];
    for (const name of names.filter((name) => VERSION_FILE.test(name))) {
      const kept = versionOfText(await readText(`${path}/${name}`));
      const isWhole = kept !== undefined &&
        await contentHash(kept.documents) === kept.hash;
      if (isWhole) versions.push(kept);
    }
    this.#versions = bounded(
      versions.toSorted((a, b) => a.version - b.version),
    );
    this.#history = (await readText(`${path}/history.jsonl`)).split("\n")
      .flatMap((line) => reloadOutcomeOf(jsonOf(line)) ?? [])
      .slice(-HISTORY_KEPT);
    this.#pin = pinOfJson(jsonOf(await readText(`${path}/pin.json`)));
  }
}

/**
 * As many as both bounds allow, oldest first: the newest of each content before a second one of the same, so that
 * renewed certificates and forced reloads don't take the place of what can be brought back.
 */
function bounded(versions: readonly KeptVersion[]): readonly KeptVersion[] {
  const ranked = newestOfEachFirst(versions).slice(0, VERSIONS_KEPT);
  const sizes = ranked.map((kept) => textOfVersion(kept).length);
  let count = 0;
  for (let sum = 0; count < ranked.length; count++) {
    sum += sizes[count] ?? 0;
    if (sum > TEXT_KEPT_MAX && count >= 2) break;
  }
  const stay = new Set(ranked.slice(0, count));
  return versions.filter((kept) => stay.has(kept));
}

function newestOfEachFirst(
  versions: readonly KeptVersion[],
): readonly KeptVersion[] {
  const newestOf = new Map(versions.map((kept) => [kept.hash, kept]));
  const isNewest = (kept: KeptVersion) => newestOf.get(kept.hash) === kept;
  const newestFirst = versions.toReversed();
  return [
    ...newestFirst.filter(isNewest),
    ...newestFirst.filter((kept) => !isNewest(kept)),
  ];
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The text of a file; empty when there is none, it is too large, or it can't be read. */
async function readText(path: string): Promise<string> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile || size > FILE_BYTES_MAX) return "";
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
