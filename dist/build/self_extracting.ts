/** Writes the executable that needs no base runtime: a shell stub with the Deno runtime and the program behind it. */
import { SMALL_FOOTPRINT } from "./artefact.ts";
import type { Program } from "./bundle.ts";
import { packPayload, type Payload } from "./payload.ts";
import { tar } from "./tar.ts";

/** Room for the stub; what it does not fill is padded, so that the payloads' offsets are known beforehand. */
const STUB_BYTES = 8192;
/** How much of a hash names a folder of the cache. */
const KEY_LENGTH = 16;

/** What goes into a self-extracting executable. */
export interface SelfExtracting {
  readonly version: string;
  readonly permissions: readonly string[];
  /** First arguments, as a shell pattern, that start it with {@link SMALL_FOOTPRINT}. */
  readonly smallFor: string;
  readonly runtime: Payload;
  readonly program: Program;
}

/** Writes the executable to `file`; what it is made of is left beside it. */
export async function writeSelfExtracting(
  parts: SelfExtracting,
  file: string,
): Promise<void> {
  await Deno.writeFile(`${file}.tar`, tar(parts.program.modules));
  const archive = await packPayload(`${file}.tar`, `${file}.tar.gz`);
  const template = await Deno.readTextFile(new URL("stub.sh", import.meta.url));
  using output = await Deno.create(file);
  await writeAll(output, padded(filled(template, parts, archive)));
  for (const { path } of [parts.runtime, archive]) {
    await writeAll(output, await Deno.readFile(path));
  }
  await Deno.chmod(file, 0o755);
}

function filled(
  template: string,
  parts: SelfExtracting,
  archive: Payload,
): string {
  const { version, permissions, runtime, program } = parts;
  const programBytes = program.modules.reduce(
    (sum, { content }) => sum + content.length,
    0,
  );
  const values: Readonly<Record<string, string | number>> = {
    VERSION: version,
    PERMISSIONS: quoted(permissions),
    SMALL_FOR: parts.smallFor,
    SMALL_FOOTPRINT: SMALL_FOOTPRINT.join(" "),
    RUNTIME_KEY: `runtime-${runtime.sha256.slice(0, KEY_LENGTH)}`,
    RUNTIME_OFFSET: STUB_BYTES,
    RUNTIME_PACKED: runtime.packedBytes,
    RUNTIME_SIZE: runtime.bytes,
    RUNTIME_SHA256: runtime.sha256,
    PROGRAM_KEY: `program-${archive.sha256.slice(0, KEY_LENGTH)}`,
    PROGRAM_ENTRY: program.entry.replace(/^.*\//, ""),
    PROGRAM_SIZE: programBytes,
    ARCHIVE_OFFSET: STUB_BYTES + runtime.packedBytes,
    ARCHIVE_PACKED: archive.packedBytes,
    ARCHIVE_SIZE: archive.bytes,
    ARCHIVE_SHA256: archive.sha256,
    UNPACKED_MB: Math.ceil((runtime.bytes + programBytes) / 1e6),
  };
  return template.replace(/@([A-Z0-9_]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new Error(`Cannot fill the stub: there is no value for "${mark}"`);
    }
    return String(value);
  });
}

function quoted(flags: readonly string[]): string {
  return flags.map((flag) => `'${flag}'`).join(" ");
}

function padded(stub: string): Uint8Array {
  const bytes = new TextEncoder().encode(stub);
  if (bytes.length >= STUB_BYTES) {
    throw new Error(
      `Cannot pad the stub: it has ${bytes.length} bytes, wanted fewer than ${STUB_BYTES}`,
    );
  }
  const block = new Uint8Array(STUB_BYTES).fill("\n".charCodeAt(0));
  block.set(bytes);
  return block;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await file.write(bytes.subarray(sent));
  }
}
