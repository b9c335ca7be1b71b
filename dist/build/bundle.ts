/** Makes one file of a program and everything it imports. */
import { runDeno } from "./run_deno.ts";

/**
 * Bundles the module at `entry` into `file`, minified; both are absolute paths. What the program imports lazily stays
 * unevaluated until it is asked for, and JSON and text imports become literals.
 */
export async function bundle(
  root: string,
  entry: string,
  file: string,
): Promise<void> {
  const options = [
    "--minify",
    "--platform",
    "deno",
    "--config",
    `${root}/deno.json`,
    "--output",
    file,
  ];
  const { isOk, stderr } = await runDeno(["bundle", ...options, entry], root);
  if (!isOk) throw new Error(`Cannot bundle "${entry}": ${stderr.trim()}`);
}
