/** A version of the configuration as it is kept: its documents, and when and why they came into force. */
import type { ConfigDocument, Documents } from "../config/document.ts";
import { RELOAD_CAUSES, type ReloadCause } from "../wire/reload_outcome.ts";

/** A version that was in force. */
export interface KeptVersion {
  readonly version: number;
  readonly hash: string;
  /** When it came into force, wall-clock milliseconds. */
  readonly atMs: number;
  readonly cause: ReloadCause;
  /** The version whose documents these are too; undefined when they came from their sources. */
  readonly rolledBackTo: number | undefined;
  readonly documents: Documents;
}

/** The version as the text of a file. */
export function textOfVersion(kept: KeptVersion): string {
  const { version, hash, atMs, cause, rolledBackTo, documents } = kept;
  const { file, overlay } = documents;
  const json = {
    version,
    hash,
    at: new Date(atMs).toISOString(),
    cause,
    rolled_back_to: rolledBackTo ?? null,
    file: file === undefined ? null : { name: file.name, text: textOf(file) },
    overlay: overlay === undefined
      ? null
      : { name: overlay.name, text: textOf(overlay), url: overlay.url },
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** The version in the text of a file; undefined when it is none. */
export function versionOfText(text: string): KeptVersion | undefined {
  const json = objectOf(parseJson(text));
  const { version, hash, cause, rolled_back_to: rolledBackTo } = json;
  const atMs = Date.parse(String(json.at));
  const file = json.file === null ? undefined : objectOf(json.file);
  const overlay = json.overlay === null ? undefined : objectOf(json.overlay);
  const known = RELOAD_CAUSES.find((word) => word === cause);
  const isWhole = isNumber(version) && typeof hash === "string" &&
    !Number.isNaN(atMs) && known !== undefined &&
    (rolledBackTo === null || isNumber(rolledBackTo)) &&
    (file === undefined || isNamedText(file)) &&
    (overlay === undefined ||
      isNamedText(overlay) && typeof overlay.url === "string");
  if (!isWhole) return undefined;
  return {
    version,
    hash,
    atMs,
    cause: known,
    rolledBackTo: rolledBackTo ?? undefined,
    documents: {
      file: file === undefined ? undefined : documentOf(file.name, file.text),
      overlay: overlay === undefined ? undefined : {
        ...documentOf(overlay.name, overlay.text),
        url: String(overlay.url),
      },
    },
  };
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

interface NamedText {
  readonly name: string;
  readonly text: string;
  readonly url?: unknown;
}

function isNamedText(json: object): json is NamedText {
  return "name" in json && typeof json.name === "string" &&
    "text" in json && typeof json.text === "string";
}

/** A byte order mark stays, so that the hash does. What could not be read was never in force. */
function textOf({ content }: ConfigDocument): string {
  return content.kind === "read"
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(content.bytes)
    : "";
}

function documentOf(name: string, text: string): ConfigDocument {
  return {
    name,
    content: { kind: "read", bytes: new TextEncoder().encode(text) },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null
    ? json as Readonly<Record<string, unknown>>
    : {};
}
