/** Chooses the transport. Owns no state. */
import type { ClientConfig } from "../config/client_keys.ts";
import { readClientTls } from "./client_tls.ts";
import { FetchTransport } from "./fetch_transport.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** What says how to speak TLS. */
export type TlsConfig = Pick<
  ClientConfig,
  "insecureTls" | "serverCaFile" | "tlsCertFile" | "tlsKeyFile"
>;

/**
 * The usual transport, or the one that takes any certificate where that is asked for and there is one to take. Rejects
 * with an UnusableTlsFileError for files that can't be used.
 */
export async function openTransport(
  options: TransportOptions & TlsConfig,
): Promise<Transport> {
  const { serverCaFile, tlsCertFile, tlsKeyFile, insecureTls } = options;
  const tls = readClientTls({
    authority: { name: "server_ca_file", path: serverCaFile },
    certificate: { name: "tls_cert_file", path: tlsCertFile },
    key: { name: "tls_key_file", path: tlsKeyFile },
  });
  const isTls = new URL(options.serverUrl).protocol === "https:";
  if (!insecureTls || !isTls) return new FetchTransport(options, tls);
  const { UncheckedTransport } = await import("./unchecked_transport.ts");
  return new UncheckedTransport(options, tls);
}
