/** Chooses the transport. Owns no state. */
import { FetchTransport } from "./fetch_transport.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** The usual transport, or the one that takes any certificate where that is asked for and there is one to take. */
export async function openTransport(
  options: TransportOptions & { readonly insecureTls: boolean },
): Promise<Transport> {
  const isTls = new URL(options.serverUrl).protocol === "https:";
  if (!options.insecureTls || !isTls) return new FetchTransport(options);
  const { UncheckedTransport } = await import("./unchecked_transport.ts");
  return new UncheckedTransport(options);
}
