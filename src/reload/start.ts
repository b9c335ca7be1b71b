/** Decides what a server starts with. */
import type { Documents, OverlayDocument } from "../config/document.ts";
import type { EarlyConfig } from "../config/early_config.ts";
import type { FileReader } from "../config/file_reader.ts";
import {
  CONFIG_VARIABLE,
  type Loaded,
  type LoadInput,
} from "../config/load.ts";
import { loadServerConfig } from "../config/load_server_config.ts";
import type { Notice } from "../config/notice.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import { isHeldBack, sourceHashes } from "./pin.ts";
import { Sources, type SourcesRead } from "./sources.ts";
import type { UrlSource } from "./url_source.ts";
import { VersionFolder } from "./version_folder.ts";

/** The world that a server is started in. */
export interface StartWorld {
  /** Flags, environment and file. */
  readonly input: LoadInput;
  readonly url: UrlSource;
  /** The folder for old versions, from what `database` says and where; undefined for none. */
  readonly folderFor: (
    database: EarlyConfig["config"]["database"],
    spot: EarlyConfig["databaseSpot"],
  ) => string | undefined;
}

/** What to start with, or everything that is wrong with it. */
export type Start = StartChoice | {
  readonly kind: "invalid";
  readonly problems: readonly string[];
};

/** A configuration to start with. */
export interface StartChoice extends LoadedServer {
  readonly documents: Documents;
  /** What documents are read from later. */
  readonly documentSources: Sources;
  readonly url: UrlSource;
  /** Loads documents under the same flags and variables. */
  readonly load: LoadDocuments;
  readonly readFile: FileReader;
  readonly versions: VersionFolder;
}

/** Loads documents; nothing is thrown for anything an operator can write. */
export type LoadDocuments = (
  documents: Documents,
) => Promise<Loaded<ServerConfig>>;

type LoadedServer = Loaded<ServerConfig> & { readonly kind: "loaded" };

/**
 * Chooses the documents to start with. A server that doesn't start because of a host elsewhere is worse than one with
 * an older configuration: where `config_url` can't be had, or leads to something wrong, its last good copy takes its
 * place, and where it can't be had and there is no copy, the file stands alone. A rollback holds over restarts.
 */
export async function chooseStart(world: StartWorld): Promise<Start> {
  const { input, url, folderFor } = world;
  const documentSources = new Sources(input, url);
  const { config: early, databaseSpot } = await documentSources.readFile();
  const versions = await VersionFolder.open(
    folderFor(early.database, databaseSpot),
  );
  const load = documentsLoader(input);
  const copy = copyOf(versions, early.configUrl);
  if (copy === undefined) documentSources.acceptAlone(early.configUrl);
  else url.confirm(copy);
  const found = await documentSources.read({ file: false, url: true });
  const chosen = await pinned(found, versions, load) ??
    await firstValid(found.documents, copy, versions, load);
  if (chosen.kind === "invalid") return chosen;
  const { overlay } = chosen.documents;
  const isFromSource = overlay === found.documents.overlay;
  if (overlay !== undefined && isFromSource) url.confirm(overlay);
  return {
    ...chosen,
    notices: [...found.notes.map(warning), ...chosen.notices],
    documentSources,
    url,
    load,
    readFile: input.readFile,
    versions,
  };
}

/** Loads documents under the flags and variables of an input. */
export function documentsLoader(input: LoadInput): LoadDocuments {
  return ({ file, overlay }) =>
    loadServerConfig({
      flags: input.flags,
      // The file may be none although the variable names one: then it is not read from there either.
      env: (name) => name === CONFIG_VARIABLE ? undefined : input.env(name),
      configPath: file?.name,
      readFile: () => file?.content ?? { kind: "unreadable", found: "no file" },
      overlay,
    });
}

type Choice = LoadedServer & { readonly documents: Documents };

/** The version that was rolled back to, while the documents still are what was rolled back from. */
async function pinned(
  found: Pick<SourcesRead, "documents" | "isFresh">,
  versions: VersionFolder,
  load: LoadDocuments,
): Promise<Choice | undefined> {
  const { documents } = found;
  const { pin } = versions;
  if (pin === undefined) return undefined;
  const hashes = await sourceHashes(documents);
  if (!isHeldBack(pin, hashes, found)) return undefined;
  const kept = versions.find(pin.version);
  if (kept === undefined) return undefined;
  const loaded = await load(kept.documents);
  if (loaded.kind === "invalid") return undefined;
  const name = documents.file?.name ?? "config_url";
  const notice = warning(
    `${name} was rolled back and is not loaded: version ${kept.version} is in force instead. Change ${name}, or run opsen reload --force to load it as it is`,
  );
  return {
    ...loaded,
    notices: [notice, ...loaded.notices],
    documents: kept.documents,
  };
}

async function firstValid(
  documents: Documents,
  copy: OverlayDocument | undefined,
  versions: VersionFolder,
  load: LoadDocuments,
): Promise<Choice | { readonly kind: "invalid"; problems: readonly string[] }> {
  const loaded = await load(documents);
  if (loaded.kind === "loaded") return { ...loaded, documents };
  const { overlay } = documents;
  if (overlay === undefined || copy === undefined) return loaded;
  const older = { ...documents, overlay: copy };
  const again =
    await pinned({ documents: older, isFresh: false }, versions, load) ??
      { ...await load(older), documents: older };
  if (again.kind === "invalid") return loaded;
  const notice = warning(
    `${overlay.name} can't be used, its last good copy holds: ${
      loaded.problems.join("; ")
    }`,
  );
  return {
    ...again,
    notices: [notice, ...again.notices],
  };
}

/** What `config_url` led to when it was in force last; what was rolled back to is older than what came of the URL since. */
function copyOf(
  versions: VersionFolder,
  url: string,
): OverlayDocument | undefined {
  const ofUrl = versions.versions.filter(({ documents }) =>
    documents.overlay?.url === url
  );
  const newest = ofUrl.findLast((kept) => kept.rolledBackTo === undefined) ??
    ofUrl.at(-1);
  return newest?.documents.overlay;
}

function warning(message: string): Notice {
  return { level: "warn", key: "config_url", message };
}
