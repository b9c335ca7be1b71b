/** `opsen geoip download`: gets a database of places from MaxMind and puts it where a server reads it. */
import { resolve } from "node:path";
import { readCityDatabase } from "../geo/city_database.ts";
import { bytesText } from "./database_words.ts";
import { GeoipFault, interrupted } from "./geoip_fault.ts";
import { type DatabaseFile, downloadDatabase } from "./geoip_file.ts";
import { downloadProgress } from "./geoip_progress.ts";
import { GeoipServer, type Patience } from "./geoip_server.ts";
import {
  type GeoipSource,
  sourceOf,
  type SourceOptions,
} from "./geoip_source.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What commander read. */
export interface DownloadOptions extends SourceOptions {
  readonly output?: string;
  readonly ifNewer?: boolean;
  readonly json?: boolean;
}

/** What ends a download before its time, and how long a silent server is waited for. */
export interface DownloadLimits {
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/** What came of it; `undefined` when the file that is there is new enough. */
type Outcome = DatabaseFile | undefined;

/** Downloads, and says how that went with words, exit code and, if wanted, JSON. */
export async function download(
  key: string | undefined,
  options: DownloadOptions,
  shell: Shell,
  limits: DownloadLimits,
): Promise<void> {
  const source = sourceOf(key, options, shell);
  if (typeof source === "string") return endUsage(source, shell);
  const path = resolve(options.output ?? `${options.edition}.mmdb`);
  try {
    const file = await outcomeOf(source, path, options, shell, limits);
    if (options.json) shell.out(jsonLine(path, source, file));
    else shell.out(file === undefined ? keptText(path) : madeText(path, file));
  } catch (error) {
    if (!(error instanceof GeoipFault)) throw error;
    if (options.json) {
      shell.out(`${JSON.stringify({ ok: false, error: error.message })}\n`);
    } else {
      shell.err(`${error.message}${isFile(path) ? oldText(path) : ""}\n`);
    }
    shell.exitWith(error.exitCode);
  }
}

async function outcomeOf(
  source: GeoipSource,
  path: string,
  { ifNewer = false }: DownloadOptions,
  shell: Shell,
  { signal, patience }: DownloadLimits,
): Promise<Outcome> {
  using server = new GeoipServer(source, signal, patience);
  const oldMs = ifNewer ? await changedMsOf(path) : undefined;
  // Not "later than": a copy of an old file is young.
  if (oldMs !== undefined && oldMs === await server.changedMs()) {
    return undefined;
  }
  if (signal.aborted) throw interrupted();
  const { edition } = source;
  const progress = downloadProgress(shell, Deno.stderr.isTerminal());
  const onProgress = progress.show;
  return await downloadDatabase({ server, edition, path, signal, onProgress })
    .finally(() => progress.end());
}

/** When the file was changed, wall-clock milliseconds; undefined when there is none that can be used. */
async function changedMsOf(path: string): Promise<number | undefined> {
  try {
    await readCityDatabase(path);
    const { mtime } = await Deno.stat(path);
    return mtime?.getTime();
  } catch {
    return undefined;
  }
}

function madeText(path: string, { database, bytes }: DatabaseFile): string {
  return `"${path}" is ${database.type}, built ${
    new Date(database.builtMs).toISOString().slice(0, 10)
  }, ${bytesText(bytes)}; for server.yml: geoip_db_path: ${
    JSON.stringify(path)
  }\n`;
}

function keptText(path: string): string {
  return `"${path}" is up to date\n`;
}

function oldText(path: string): string {
  return `; "${path}" is as it was`;
}

function jsonLine(
  path: string,
  { edition }: GeoipSource,
  file: Outcome,
): string {
  const facts = file === undefined ? {} : {
    type: file.database.type,
    built: new Date(file.database.builtMs).toISOString(),
    bytes: file.bytes,
    archive_sha256: file.checksum,
  };
  const isChanged = file !== undefined;
  return `${
    JSON.stringify({ ok: true, path, edition, changed: isChanged, ...facts })
  }\n`;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
