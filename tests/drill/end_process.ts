/** Ends a process of the drill. */
import type { Ended, OpsenProcess } from "../e2e/opsen_process.ts";

/** Signals a process and waits for its end, also when it came before the signal; how it ended. */
export async function endProcess(
  process: OpsenProcess,
  signal: Deno.Signal,
): Promise<Ended> {
  try {
    process.kill(signal);
  } catch (error) {
    // What has ended takes no signal.
    if (!(error instanceof TypeError)) throw error;
  }
  return await process.ended();
}
