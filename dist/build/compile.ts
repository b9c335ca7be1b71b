/** Makes an executable of a bundle with `deno compile`. */
import { runDeno } from "./run_deno.ts";

/** How the compilation went. */
export type Compiled =
  | { readonly kind: "compiled" }
  /** The base runtime is not on this machine and could not be downloaded; expected where there is no network. */
  | { readonly kind: "no_base_runtime" };

/** What Deno says when the download of its base runtime fails: the address it takes it from, or any failed request. */
const DOWNLOAD_FAILED =
  /dl\.deno\.land|error sending request|dns error|took longer than/i;

/**
 * Compiles the bundle at `program` into the executable `file`, with permissions and other flags of the runtime baked in,
 * for this machine or for a `target` such as "aarch64-unknown-linux-gnu". The bundle must be alone in its folder: what
 * lies beside it could be taken along.
 */
export async function compile(
  program: string,
  flags: readonly string[],
  file: string,
  target?: string,
): Promise<Compiled> {
  const options = [
    ...(target === undefined ? [] : ["--target", target]),
    "--no-config",
    "--no-lock",
    "--no-prompt",
    ...flags,
    "--output",
    file,
  ];
  const folder = program.slice(0, program.lastIndexOf("/"));
  const { isOk, stderr } = await runDeno(
    ["compile", ...options, program],
    folder,
  );
  if (isOk) return { kind: "compiled" };
  if (
    Deno.env.get("DENORT_BIN") === undefined && DOWNLOAD_FAILED.test(stderr)
  ) return { kind: "no_base_runtime" };
  throw new Error(`Cannot compile "${program}": ${stderr.trim()}`);
}
