/** Rules between keys of client.yml. */
import type { ClientConfig } from "./client_keys.ts";
import { type Objection, problem } from "./rule.ts";

/** A certificate without its key shows nothing, where somebody wanted it shown. */
export function clientCertificateRule(
  { tlsCertFile, tlsKeyFile }: ClientConfig,
): Objection[] {
  if ((tlsCertFile === "") === (tlsKeyFile === "")) return [];
  const [path, missing] = tlsCertFile === ""
    ? ["tls_key_file", "tls_cert_file"]
    : ["tls_cert_file", "tls_key_file"];
  const found = `a value, but none for ${missing}`;
  return [problem(path, found, "both or neither", [missing])];
}
