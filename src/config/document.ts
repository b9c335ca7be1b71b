/** A document of keys in YAML, wherever its bytes come from, as what was given. */
import { CONFIG_BYTES_MAX, type FileContent } from "./file_reader.ts";
import type { YamlContent } from "./read_yaml.ts";

/** A document as it was found. */
export interface ConfigDocument {
  /** What messages call it: the path of a file, or a URL without what is secret in it. */
  readonly name: string;
  readonly content: FileContent;
}

/** What a server is configured by, apart from flags and variables, which don't change while it runs. */
export interface Documents {
  /** The local file; undefined where nobody named one. */
  readonly file: ConfigDocument | undefined;
  /** What `config_url` leads to, whose keys stand above those of the file; undefined where there is none. */
  readonly overlay: OverlayDocument | undefined;
}

/** A document that came from a URL. */
export interface OverlayDocument extends ConfigDocument {
  /** The whole URL, which may hold a secret. */
  readonly url: string;
}

/** What a document that is not there holds. */
export const NO_KEYS: YamlContent = { group: undefined, problems: [] };

/** The keys of a document, or what is wrong with it. */
export async function readDocument(
  { name, content }: ConfigDocument,
): Promise<YamlContent> {
  switch (content.kind) {
    case "unreadable":
      return unusable(name, content.found, "a YAML file");
    case "too_large":
      return unusable(
        name,
        "a larger file",
        `at most ${CONFIG_BYTES_MAX} bytes of YAML`,
      );
    case "read":
      return await readBytes(name, content.bytes);
  }
}

async function readBytes(
  name: string,
  bytes: Uint8Array,
): Promise<YamlContent> {
  const text = decode(bytes);
  if (text === undefined) {
    return unusable(name, "bytes that are not UTF-8", "text in UTF-8");
  }
  // Many clients have no file, and the parser takes 50 ms and 5 MB to load.
  const { readYaml } = await import("./read_yaml.ts");
  return readYaml(name, text);
}

function unusable(path: string, found: string, wanted: string): YamlContent {
  const problem = { spot: undefined, path, found, wanted };
  return { group: undefined, problems: [problem] };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
