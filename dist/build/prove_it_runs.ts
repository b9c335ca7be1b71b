/** The last step of a build: nothing is put into place that doesn't start. */

/** Longest a first start may take; it unpacks a hundred megabytes on a busy machine. */
const START_MS_MAX = 60_000;

/**
 * Starts the executable with `--version`, its cache in `cacheFolder`.
 *
 * @throws {Error} When it ends with another code than 0 or does not say `version`, as an executable does whose base
 * runtime was none.
 */
export async function proveItRuns(
  file: string,
  version: string,
  cacheFolder: string,
): Promise<void> {
  const command = new Deno.Command(file, {
    args: ["--version"],
    env: { XDG_CACHE_HOME: cacheFolder },
    signal: AbortSignal.timeout(START_MS_MAX),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const printed = new TextDecoder().decode(stdout);
  if (code === 0 && printed.includes(version)) return;
  const said = (printed + new TextDecoder().decode(stderr)).trim();
  throw new Error(
    `Cannot prove that "${file}" runs: wanted version "${version}", found exit code ${code} and "${said}"`,
  );
}
