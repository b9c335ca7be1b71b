/**
 * Makes a certificate that is signed with its own key (X.509, RFC 5280): for tests, and for networks whose callers are
 * given it as the authority that they trust. Owns no state.
 */
import ipaddr from "ipaddr.js";
import {
  bitString,
  type Der,
  integer,
  isTrue,
  objectId,
  octetString,
  sequence,
  setOf,
  tagged,
  time,
  utf8,
} from "./der.ts";

/** What a certificate is made for. */
export interface SelfSignedWish {
  /** Host names, which may begin with `*.`, and addresses; at least one. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly until: Date;
}

/** A certificate and its key, PEM; the key is PKCS#8. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a new key (P-256) and its certificate. */
export async function selfSigned(wish: SelfSignedWish): Promise<SelfSigned> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const keyId = new Uint8Array(await crypto.subtle.digest("SHA-256", spki));
  const body = bodyOf(wish, spki, keyId.subarray(0, KEY_ID_BYTES));
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    privateKey,
    body,
  );
  const certificate = sequence(
    body,
    SIGNED_BY,
    bitString(signatureOf(new Uint8Array(signature))),
  );
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", new Uint8Array(key)),
  };
}

/** Longest name that fits `commonName` (RFC 5280, appendix A.1). */
const COMMON_NAME_CHARS_MAX = 64;
const SERIAL_BYTES = 16;
/** Any digest of the key will do (RFC 7093, section 2). */
const KEY_ID_BYTES = 20;

/** `ecdsa-with-SHA256` (RFC 5758, section 3.2). */
const SIGNED_BY = sequence(objectId("1.2.840.10045.4.3.2"));

/** What is signed: `TBSCertificate`. */
function bodyOf(
  { names, from, until }: SelfSignedWish,
  spki: Uint8Array,
  keyId: Uint8Array,
): Der {
  const version3 = tagged(0xa0, integer(Uint8Array.of(2)));
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  const name = nameOf(names);
  const extensions = tagged(0xa3, sequence(...extensionsOf(names, keyId)));
  return sequence(
    version3,
    integer(serial),
    SIGNED_BY,
    name,
    sequence(time(from), time(until)),
    name,
    spki,
    extensions,
  );
}

function nameOf(names: readonly string[]): Der {
  const fitting = names.find(({ length }) => length <= COMMON_NAME_CHARS_MAX);
  const commonName = sequence(objectId("2.5.4.3"), utf8(fitting ?? "opsen"));
  return sequence(setOf(commonName));
}

/**
 * It is no authority for others: whoever trusts it trusts this server alone. That is enough to be trusted as it stands
 * (RFC 5280, section 6.1: what is trusted is not part of the path).
 */
function extensionsOf(
  names: readonly string[],
  keyId: Uint8Array,
): readonly Der[] {
  const digitalSignature = bitString(Uint8Array.of(0x80), 7);
  return [
    extension("2.5.29.17", sequence(...names.map(alternativeName))),
    extension("2.5.29.19", sequence(), isTrue()),
    extension("2.5.29.15", digitalSignature, isTrue()),
    extension("2.5.29.37", sequence(objectId("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.14", octetString(keyId)),
  ];
}

function extension(id: string, value: Der, critical?: Der): Der {
  const parts = critical === undefined ? [] : [critical];
  return sequence(objectId(id), ...parts, octetString(value));
}

/** `iPAddress` or `dNSName` (RFC 5280, section 4.2.1.6). */
function alternativeName(name: string): Der {
  return ipaddr.isValid(name)
    ? tagged(0x87, Uint8Array.from(ipaddr.parse(name).toByteArray()))
    : tagged(0x82, new TextEncoder().encode(name));
}

/** WebCrypto answers r and s one after the other; certificates hold a sequence of two integers (RFC 3279, section 2.2.3). */
function signatureOf(raw: Uint8Array): Der {
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${
    lines.join("\n")
  }\n-----END ${label}-----\n`;
}
