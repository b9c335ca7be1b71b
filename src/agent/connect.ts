/** A TCP connection to where a URL points, within a time-out. Owns no state. */
import { withDeadline } from "./deadline.ts";
import { addressOfUrl } from "./url_address.ts";

/** Opens a connection; the system's own way, but for tests. */
export type Dial = (
  address: {
    readonly hostname: string;
    readonly port: number;
    readonly signal: AbortSignal;
  },
) => Promise<Deno.TcpConn>;

/**
 * Connects, or rejects when the time is over or the signal aborts. Looking a name up can't be aborted, so nobody waits for
 * it longer than that, and a connection that comes too late is closed.
 */
export async function connect(
  url: string,
  deadlineMs: number,
  signal: AbortSignal,
  dial: Dial = Deno.connect,
): Promise<Deno.TcpConn> {
  return await withDeadline(deadlineMs, signal, async (signal) => {
    const connecting = dial({ ...addressOfUrl(url), signal });
    try {
      return await Promise.race([connecting, rejectedOnAbort(signal)]);
    } catch (error) {
      connecting.then((late) => late.close(), () => {});
      throw error;
    }
  });
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}
