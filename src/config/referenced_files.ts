/** Files that a server's configuration names and that are read when it is applied: their content counts as part of it. */
import type { ServerConfig } from "./server_keys.ts";

/** A file and the key that names it. */
export interface ReferencedFile {
  /** Path of the key, such as `tls_cert_file`. */
  readonly key: string;
  /** Path of the file. */
  readonly path: string;
}

/** The certificates and keys of a configuration; those of databases are none of them. */
export function referencedFiles(
  config: ServerConfig,
): readonly ReferencedFile[] {
  const files: readonly ReferencedFile[] = [
    { key: "server_key_file", path: config.serverKeyFile },
    { key: "tls_cert_file", path: config.tlsCertFile },
    { key: "tls_key_file", path: config.tlsKeyFile },
    ...config.tls.flatMap(({ certFile, keyFile }, index) => [
      { key: `tls[${index}].cert_file`, path: certFile },
      { key: `tls[${index}].key_file`, path: keyFile },
    ]),
    { key: "tls_client_ca_file", path: config.tlsClientCaFile },
    { key: "upstream_ca_file", path: config.upstreamCaFile },
    { key: "upstream_cert_file", path: config.upstreamCertFile },
    { key: "upstream_key_file", path: config.upstreamKeyFile },
    ...config.apiKeys.map(({ keyFile }, index) => ({
      key: `api_keys[${index}].key_file`,
      path: keyFile,
    })),
    { key: "jwt.key_file", path: config.jwt.keyFile },
  ];
  return files.filter(({ path }) => path !== "");
}
