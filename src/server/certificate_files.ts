/**
 * Certificates as their files hold them: which the configuration names, reading them, and whether they can be used.
 * Nothing is kept here.
 */
import type { X509Certificate } from "node:crypto";
import type { ReferencedFile } from "../config/referenced_files.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import { certificateTexts } from "../edge/drivers/certificate_texts.ts";
import { readNamedBytes, UnusableFileError } from "./named_file.ts";

/** What is read, checked and replaced as one. */
export interface CertificateSource {
  /** Its certificate or its authorities, several in a row. */
  readonly cert: ReferencedFile;
  /** The private key of the first; undefined for authorities. */
  readonly key: ReferencedFile | undefined;
  /** Names that a caller may ask for it by; none for the first certificate and for what is not shown to callers. */
  readonly hosts: readonly string[];
}

/** What a source held. */
export interface ReadCertificate {
  readonly source: CertificateSource;
  /** PEM. */
  readonly cert: string;
  /** PEM; empty for authorities. */
  readonly key: string;
  /** SHA-256 of its files, in hexadecimal digits, by the key that names them. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly end: CertificateEnd;
  /** Those of its `hosts` that it is not for. */
  readonly uncovered: readonly string[];
}

/** When a file of certificates comes to its end. */
export interface CertificateEnd {
  /** Path of the file. */
  readonly file: string;
  /** SHA-256 of the certificate that ends. */
  readonly fingerprint: string;
  /** Its names, as it writes them. */
  readonly names: readonly string[];
  /** Wall-clock milliseconds. */
  readonly notAfterMs: number;
}

/** The sources that a configuration names. */
export function certificateSources(
  config: ServerConfig,
): readonly CertificateSource[] {
  const { tlsCertFile, tlsKeyFile, upstreamCertFile, upstreamKeyFile } = config;
  const all: readonly CertificateSource[] = [
    pair("tls_cert_file", tlsCertFile, "tls_key_file", tlsKeyFile),
    ...config.tls.map(({ hosts, certFile, keyFile }, index) => ({
      cert: { key: `tls[${index}].cert_file`, path: certFile },
      key: { key: `tls[${index}].key_file`, path: keyFile },
      hosts,
    })),
    authorities("tls_client_ca_file", config.tlsClientCaFile),
    authorities("upstream_ca_file", config.upstreamCaFile),
    pair(
      ...["upstream_cert_file", upstreamCertFile] as const,
      ...["upstream_key_file", upstreamKeyFile] as const,
    ),
  ];
  return all.filter(({ cert }) => cert.path !== "");
}

/** Reads a source; rejects with an UnusableFileError where its files can't be read or are not what they should be. */
export async function readCertificate(
  source: CertificateSource,
): Promise<ReadCertificate> {
  const files = source.key === undefined
    ? [source.cert]
    : [source.cert, source.key];
  const texts: string[] = [];
  const hashes = new Map<string, string>();
  // One after the other, so that of two missing files the same one is named each time.
  for (const { key, path } of files) {
    const bytes = await readNamedBytes(key, path);
    texts.push(new TextDecoder().decode(bytes));
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    hashes.set(key, new Uint8Array(digest).toHex());
  }
  const [cert = "", key = ""] = texts;
  try {
    const { X509Certificate, createPrivateKey } = await import("node:crypto");
    const certificates = certificateTexts(cert)
      .map((text) => new X509Certificate(text));
    const [first] = certificates;
    if (first === undefined) throw new TypeError("it holds no certificate");
    if (source.key !== undefined) {
      if (!first.checkPrivateKey(createPrivateKey(key))) {
        throw new TypeError("the private key is not that of the certificate");
      }
    }
    const end = endOf(certificates, source);
    return {
      source,
      cert,
      key,
      hashes,
      end,
      uncovered: uncovered(source, first),
    };
  } catch (error) {
    const named = files.map(({ key, path }) => `${key} "${path}"`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(
      `Cannot use ${named.join(" and ")}: ${reason}`,
      { cause: error },
    );
  }
}

/**
 * A chain ends with the first of its certificates. Of authorities the last one counts: an old one beside its successor is
 * how they are replaced.
 */
function endOf(
  certificates: readonly X509Certificate[],
  { cert: { path }, key }: CertificateSource,
): CertificateEnd {
  const ends = certificates.map((certificate) => ({
    file: path,
    fingerprint: certificate.fingerprint256,
    names: namesOf(certificate),
    notAfterMs: Date.parse(certificate.validTo),
  })).toSorted((one, other) => one.notAfterMs - other.notAfterMs);
  const end = key === undefined ? ends.at(-1) : ends[0];
  if (end === undefined) throw new TypeError("it holds no certificate");
  return end;
}

function namesOf(
  { subject, subjectAltName }: {
    /** Undefined where it is empty, whatever the types of the runtime say. */
    readonly subject: string | undefined;
    readonly subjectAltName: string | undefined;
  },
): readonly string[] {
  return subjectAltName === undefined
    ? [(subject || "no name").replaceAll("\n", ", ")]
    : subjectAltName.split(", ");
}

/** The runtime's `checkHost` knows no wildcards (Deno 2.9.6). */
function uncovered(
  { hosts }: CertificateSource,
  certificate: X509Certificate,
): readonly string[] {
  const names = new Set(
    namesOf(certificate).map((name) => name.replace(/^DNS:/, "").toLowerCase()),
  );
  return hosts.filter((host) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    return !names.has(name) &&
      !names.has(`*${name.slice(name.indexOf("."))}`);
  });
}

function pair(
  certKey: string,
  cert: string,
  keyKey: string,
  key: string,
): CertificateSource {
  return {
    cert: { key: certKey, path: cert },
    key: { key: keyKey, path: key },
    hosts: [],
  };
}

function authorities(key: string, path: string): CertificateSource {
  return { cert: { key, path }, key: undefined, hosts: [] };
}
