/** Runs the Deno that runs this build, so that no other version comes in. */

/** Longest a step of the build may take; a download through a firewall that answers nothing ends here. */
export const STEP_MS_MAX = 180_000;

/** What a finished command left. */
export interface Finished {
  readonly isOk: boolean;
  /** Standard error without colours. */
  readonly stderr: string;
}

/** Runs `deno ARGS` in a folder. */
export async function runDeno(
  args: readonly string[],
  folder: string,
): Promise<Finished> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(STEP_MS_MAX),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, signal, stderr } = await command.output();
  const text = new TextDecoder().decode(stderr);
  const isLate = !success && signal === "SIGTERM";
  return {
    isOk: success,
    stderr: isLate
      ? `${text}\nerror: took longer than ${STEP_MS_MAX / 1000} s`
      : text,
  };
}
