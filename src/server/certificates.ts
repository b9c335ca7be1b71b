/** All certificates of a server as they were read, put together for its listeners and its connections to backends. */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Certificate, ServerTls } from "../edge/driver.ts";
import type { UpstreamTls } from "../edge/drivers/deno/tls_layer.ts";
import {
  certificateSources,
  type ReadCertificate,
  readCertificate,
} from "./certificate_files.ts";

/** What a server goes by; never changed. */
export interface Certificates {
  /** Each source as it was read, by the key of its certificate, in the order of the configuration. */
  readonly read: ReadonlyMap<string, ReadCertificate>;
  /** For the listeners; undefined for plain HTTP. */
  readonly listener: ServerTls | undefined;
  /** For connections to backends. */
  readonly upstream: UpstreamTls;
}

/** Reads all of them; rejects with an UnusableFileError for the first that can't be used. */
export async function readCertificates(
  config: ServerConfig,
): Promise<Certificates> {
  const read: ReadCertificate[] = [];
  for (const source of certificateSources(config)) {
    read.push(await readCertificate(source));
  }
  return certificatesOf(config, read);
}

/** Puts together what was read for a configuration. */
export function certificatesOf(
  config: ServerConfig,
  all: readonly ReadCertificate[],
): Certificates {
  const read = new Map(all.map((one) => [one.source.cert.key, one]));
  const upstreamPair = read.get("upstream_cert_file");
  const authorities = read.get("upstream_ca_file");
  return {
    read,
    listener: listenerTls(config, read),
    upstream: {
      caCerts: authorities === undefined ? [] : [authorities.cert],
      skipVerify: config.tlsInsecureSkipVerify,
      ...(upstreamPair !== undefined && { certificate: plain(upstreamPair) }),
    },
  };
}

/** Without `tls_cert_file` whoever asks for no known name gets the first of `tls`. */
function listenerTls(
  { tls, tlsClientRequire }: ServerConfig,
  read: Certificates["read"],
): ServerTls | undefined {
  const named = tls.flatMap((_, index) => {
    const one = read.get(`tls[${index}].cert_file`);
    return one === undefined
      ? []
      : [{ hosts: one.source.hosts, ...plain(one) }];
  });
  const own = read.get("tls_cert_file");
  const [first] = named;
  const fallback = own === undefined ? first : plain(own);
  if (fallback === undefined) return undefined;
  const clients = read.get("tls_client_ca_file");
  return {
    cert: fallback.cert,
    key: fallback.key,
    named,
    ...(clients !== undefined && {
      clients: { authorities: clients.cert, isRequired: tlsClientRequire },
    }),
  };
}

function plain({ cert, key }: ReadCertificate): Certificate {
  return { cert, key };
}
