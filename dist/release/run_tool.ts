/** Runs the few other programs that a release takes: npm, tar, dpkg-deb, an emulator. */

/** Longest one may take: packing a hundred megabytes on a busy machine. */
const TOOL_MS_MAX = 600_000;

/** How it went. */
export type Ran =
  | { readonly kind: "ok"; readonly stdout: string }
  | { readonly kind: "failed"; readonly stderr: string }
  /** The program is not on this machine. */
  | { readonly kind: "absent" };

/** Runs a program to its end. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<Ran> {
  try {
    const command = new Deno.Command(program, {
      ...options,
      args: [...args],
      signal: AbortSignal.timeout(TOOL_MS_MAX),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return success
      ? { kind: "ok", stdout: text(stdout) }
      : { kind: "failed", stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "absent" };
    throw error;
  }
}

/** What it printed; throws when it failed or is not there. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<string> {
  const ran = await runTool(program, args, options);
  if (ran.kind === "ok") return ran.stdout;
  const why = ran.kind === "absent" ? "it is not here" : ran.stderr;
  throw new Error(`Cannot run "${program} ${args[0] ?? ""}": ${why}`);
}
