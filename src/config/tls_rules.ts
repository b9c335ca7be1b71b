/** Rules of certificates, and whether the server has any. */
import { quoted } from "./given.ts";
import { type Objection, problem } from "./rule.ts";
import type { ServerConfig } from "./server_keys.ts";

/** Whether the listeners speak TLS. */
export function servesTls(
  { tlsCertFile, tls }: Pick<ServerConfig, "tlsCertFile" | "tls">,
): boolean {
  return tlsCertFile !== "" || tls.length > 0;
}

/** Names must be such that a caller can ask for them, each of one certificate. */
export function certificateNamesRule({ tls }: ServerConfig): Objection[] {
  const owners = new Map<string, string>();
  return tls.flatMap(({ hosts }, index) =>
    hosts.flatMap((host, at) => {
      const path = `tls[${index}].hosts[${at}]`;
      if (!HOST.test(host)) {
        return [problem(path, quoted(host), WANTED_HOST, [])];
      }
      const name = host.toLowerCase().replace(/\.$/, "");
      const owner = owners.get(name);
      owners.set(name, owner ?? path);
      if (owner === undefined) return [];
      const found = `${quoted(host)}, which ${owner} names already`;
      return [problem(path, found, "a name of one certificate", ["tls"])];
    })
  );
}

/** Authorities of callers without TLS would let in whoever comes, where somebody wanted certificates. */
export function clientAuthorityRule(config: ServerConfig): Objection[] {
  if (config.tlsClientCaFile === "" || servesTls(config)) return [];
  const found = "a value, but the server has no certificate";
  const wanted = "tls_cert_file and tls_key_file, or tls, too";
  const because = ["tls_cert_file", "tls"];
  return [problem("tls_client_ca_file", found, wanted, because)];
}

/** Labels of letters, digits, `-` and `_` (RFC 1123, section 2.1); other scripts come as `xn--` (RFC 5890). */
const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*)(\.[a-z0-9_][a-z0-9_-]*)*\.?$/i;
const WANTED_HOST =
  'a host name in ASCII, which may start with "*." and has no other star';
