/** The documents that a server is configured by, read from where they come from. */
import type {
  ConfigDocument,
  Documents,
  OverlayDocument,
} from "../config/document.ts";
import { type EarlyConfig, earlyConfig } from "../config/early_config.ts";
import { configPathOf, fileDocument, type LoadInput } from "../config/load.ts";
import { overlayName } from "../config/overlay.ts";
import { problemLine } from "../config/problem.ts";
import type { ReloadCause } from "../wire/reload_outcome.ts";
import type { UrlSource } from "./url_source.ts";

/** The documents as they were found; without the one of `config_url` when neither it nor a copy of it can be had. */
export interface SourcesRead {
  readonly documents: Documents;
  /** What should be known of them, a sentence each. */
  readonly notes: readonly string[];
  /** Why they are not complete, a line each. */
  readonly problems: readonly string[];
  /** Whether there is no `config_url` or it was asked and answered; otherwise a copy or nothing stands for its document. */
  readonly isFresh: boolean;
}

/** Which documents are looked at anew; the others are as they were found last. */
export interface Look {
  readonly file: boolean;
  readonly url: boolean;
}

/** What each cause is about: a file that is not watched is not looked at behind its editor's back. */
export const LOOKS: Readonly<Record<ReloadCause, Look>> = {
  start: { file: true, url: true },
  signal: { file: true, url: true },
  api: { file: true, url: true },
  watch: { file: true, url: false },
  url: { file: false, url: true },
  rollback: { file: false, url: false },
};

/** Reads the documents, and remembers the file. */
export class Sources {
  readonly #input: LoadInput;
  readonly #url: UrlSource;
  #file: ConfigDocument | undefined;
  #hasReadFile = false;
  #alone: string | undefined;

  constructor(input: LoadInput, url: UrlSource) {
    this.#input = input;
    this.#url = url;
  }

  /** Path of the local file; undefined where there is none. */
  get path(): string | undefined {
    return configPathOf(this.#input);
  }

  /** The file as it is now, and its keys that say where the rest is. A pipe is what was read of it first. */
  async readFile(): Promise<
    EarlyConfig & { readonly file: ConfigDocument | undefined }
  > {
    const { path } = this;
    if (!this.#hasReadFile || path !== undefined && !isUsedUp(path)) {
      this.#file = fileDocument(this.#input);
      this.#hasReadFile = true;
    }
    return await this.#early();
  }

  /** For as long as nothing was ever had from this URL, the file holds without it. */
  acceptAlone(url: string): void {
    this.#alone = url;
  }

  /** Looks at the documents. Never rejects. */
  async read(look: Look): Promise<SourcesRead> {
    const { file, config } = look.file
      ? await this.readFile()
      : await this.#early();
    const { configUrl: url, configUrlAllow: allow } = config;
    if (url === "") {
      return {
        documents: { file, overlay: undefined },
        notes: [],
        problems: [],
        isFresh: true,
      };
    }
    const held = look.url ? undefined : this.#url.held(url);
    if (held !== undefined) return withOverlay(file, held, []);
    const fetched = await this.#url.fetch(url, allow);
    const name = overlayName(url);
    switch (fetched.kind) {
      case "fetched": {
        const read = withOverlay(file, fetched.document, []);
        return { ...read, isFresh: true };
      }
      case "held":
        return withOverlay(file, fetched.document, [
          `${name} can't be had (${fetched.reason}): its last good copy holds`,
        ]);
      case "failed":
        return withoutOverlay(file, name, fetched.reason, url === this.#alone);
    }
  }

  async #early() {
    const file = this.#file;
    return { file, ...await earlyConfig(file, this.#input) };
  }
}

function withOverlay(
  file: ConfigDocument | undefined,
  overlay: OverlayDocument,
  notes: readonly string[],
): SourcesRead {
  return { documents: { file, overlay }, notes, problems: [], isFresh: false };
}

function withoutOverlay(
  file: ConfigDocument | undefined,
  name: string,
  reason: string,
  mayStandAlone: boolean,
): SourcesRead {
  const documents = { file, overlay: undefined };
  if (mayStandAlone) {
    const note = `${name} can't be had (${reason}): the file holds without it`;
    return { documents, notes: [note], problems: [], isFresh: false };
  }
  const problem = problemLine({
    spot: undefined,
    path: "config_url",
    found: `nothing at ${name} (${reason})`,
    wanted: "a YAML file there",
  });
  return { documents, notes: [], problems: [problem], isFresh: false };
}

/** Whether what was read once is not there a second time; what can't be told is left to whoever reads. */
function isUsedUp(path: string): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return !isFile && !isDirectory;
  } catch {
    return false;
  }
}
