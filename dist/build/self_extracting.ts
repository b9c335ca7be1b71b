/** Writes the executable that needs no base runtime: a shell stub with the Deno runtime and the program behind it. */
import type { Payload } from "./payload.ts";

/** Room for the stub; what it does not fill is padded, so that the payloads' offsets are known beforehand. */
const STUB_BYTES = 8192;
/** How much of a hash names a folder of the cache. */
const KEY_LENGTH = 16;
/** First bytes of a Linux executable (System V ABI, ELF header, e_ident). */
const ELF_MAGIC = "\x7fELF";

/** What goes into a self-extracting executable. */
export interface SelfExtracting {
  readonly version: string;
  readonly permissions: readonly string[];
  readonly runtime: Payload;
  readonly program: Payload;
}

/** Writes the executable to `file`. */
export async function writeSelfExtracting(
  parts: SelfExtracting,
  file: string,
): Promise<void> {
  const template = await Deno.readTextFile(new URL("stub.sh", import.meta.url));
  using output = await Deno.create(file);
  await writeAll(output, padded(filled(template, parts)));
  for (const { path } of [parts.runtime, parts.program]) {
    await writeAll(output, await Deno.readFile(path));
  }
  await Deno.chmod(file, 0o755);
}

/**
 * Path of the runtime to pack: the Deno that runs this build.
 *
 * @throws {Error} When it is no Linux executable; the stub's commands are those of Linux.
 */
export async function findRuntime(): Promise<string> {
  const path = await Deno.realPath(Deno.execPath());
  using file = await Deno.open(path);
  const head = new Uint8Array(ELF_MAGIC.length);
  await file.read(head);
  if (new TextDecoder("latin1").decode(head) === ELF_MAGIC) return path;
  throw new Error(
    `Cannot pack the runtime "${path}": wanted a Linux executable; set DENORT_BIN to compile instead`,
  );
}

function filled(
  template: string,
  { version, permissions, runtime, program }: SelfExtracting,
): string {
  const values: Readonly<Record<string, string | number>> = {
    VERSION: version,
    PERMISSIONS: permissions.join(" "),
    RUNTIME_KEY: `runtime-${runtime.sha256.slice(0, KEY_LENGTH)}`,
    RUNTIME_OFFSET: STUB_BYTES,
    RUNTIME_PACKED: runtime.packedBytes,
    RUNTIME_SIZE: runtime.bytes,
    RUNTIME_SHA256: runtime.sha256,
    PROGRAM_KEY: `program-${program.sha256.slice(0, KEY_LENGTH)}`,
    PROGRAM_OFFSET: STUB_BYTES + runtime.packedBytes,
    PROGRAM_PACKED: program.packedBytes,
    PROGRAM_SIZE: program.bytes,
    PROGRAM_SHA256: program.sha256,
    UNPACKED_MB: Math.ceil((runtime.bytes + program.bytes) / 1e6),
  };
  return template.replace(/@([A-Z0-9_]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new Error(`Cannot fill the stub: there is no value for "${mark}"`);
    }
    return String(value);
  });
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
