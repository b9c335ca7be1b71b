/** Finds the runtime that a self-extracting executable brings along. */

/** First bytes of a Linux executable (System V ABI, ELF header, e_ident). */
const ELF_MAGIC = "\x7fELF";

/**
 * Path of the runtime to pack: the Deno that runs this build. A Deno from npm is started through a script, but runs as
 * the executable itself.
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
