/** What people want to know of a certificate. Owns no state. */
import { X509Certificate } from "node:crypto";

/** A certificate, read. */
export interface CertificateFacts {
  /** Distinguished names on one line, such as `CN=localhost`. */
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly until: Date;
  /** Kind and size of its key, such as `EC P-256` or `RSA 2048`. */
  readonly key: string;
  /** SHA-256 over the whole, in pairs of hexadecimal digits. */
  readonly fingerprint: string;
  readonly serial: string;
  /** Whether it may vouch for others. */
  readonly isAuthority: boolean;
}

/** Certificates of one file; a chain has three, a bundle of authorities some hundred. */
const CERTIFICATES_MAX = 1_000;

/** The certificates of a file, PEM or DER, in its order; none when it holds none. Throws for one that is broken. */
export function certificatesOf(
  bytes: Uint8Array<ArrayBuffer>,
): readonly CertificateFacts[] {
  if (bytes[0] === DER_SEQUENCE) return [certificateFacts(bytes)];
  const text = new TextDecoder().decode(bytes);
  const blocks = text.match(PEM_CERTIFICATES) ?? [];
  return blocks.slice(0, CERTIFICATES_MAX).map(certificateFacts);
}

/** Reads one certificate, PEM or DER; throws for one that is broken. */
export function certificateFacts(
  encoded: string | Uint8Array<ArrayBuffer>,
): CertificateFacts {
  const certificate = new X509Certificate(encoded);
  const { subject, issuer, publicKey, fingerprint256, serialNumber, ca } =
    certificate;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  return {
    subject: onOneLine(subject),
    issuer: onOneLine(issuer),
    names: namesOf(certificate.subjectAltName),
    from: new Date(certificate.validFrom),
    until: new Date(certificate.validTo),
    key: keyText(type ?? "unknown", details ?? {}),
    fingerprint: fingerprint256,
    serial: serialNumber,
    isAuthority: ca,
  };
}

const DER_SEQUENCE = 0x30;
const PEM_CERTIFICATES =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function namesOf(alternative: string | undefined): readonly string[] {
  return (alternative ?? "").split(", ").flatMap((name) => {
    const [, value] = /^(?:DNS|IP Address):(.+)$/.exec(name) ?? [];
    return value === undefined ? [] : [visible(value)];
  });
}

/** A certificate for names alone has no subject (RFC 5280, section 4.2.1.6), whatever the types say. */
function onOneLine(name: string | undefined): string {
  return (name || "none").split("\n").map(visible).join(", ");
}

/** Whoever made the certificate chose its names, and a terminal is not to follow them. */
function visible(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

function keyText(
  type: string,
  { namedCurve, modulusLength }: {
    readonly namedCurve?: string | undefined;
    readonly modulusLength?: number | undefined;
  },
): string {
  const kind = type.toUpperCase();
  if (namedCurve !== undefined) {
    return `${kind} ${USUAL_CURVE_NAMES[namedCurve] ?? namedCurve}`;
  }
  return modulusLength === undefined ? kind : `${kind} ${modulusLength}`;
}

const USUAL_CURVE_NAMES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};
