/** Certificates in a PEM file. */

/**
 * The text of each certificate, from where it begins to where the next one does (RFC 7468): one that was cut short is
 * among them, and whoever parses it finds out.
 */
export function certificateTexts(pem: string): readonly string[] {
  return pem.match(
    /-----BEGIN CERTIFICATE-----[^]*?(?=-----BEGIN CERTIFICATE-----|$)/g,
  ) ?? [];
}
