/**
 * The last line of defence against secrets in the log. Callers must not hand them over in the first place; this
 * catches the configuration that is logged whole, and the address that holds a password.
 */

/** What is printed in place of a secret. */
export const SECRET_MASK = "***";

/** Names whose last word says so: `server_key`, `X-Api-Key`, `auth.tokens`. */
const SECRET_WORD =
  /(?:^|[^a-z0-9])(?:key|token|secret|password|passwd|passphrase|authorization|cookie|credential)s?$/i;

/** The same in camel case: `serverKey`, `apiKeys`. */
const SECRET_CAMEL =
  /[a-z0-9](?:Key|Token|Secret|Password|Passphrase|Authorization|Cookie|Credential)s?$/;

/** The same written as one word: `apikey`, `APIKey`, `dbpassword`. */
const SECRET_FUSED = /(?:apikey|token|password|passwd|secret)s?$/i;

/**
 * Whether an entry of that name and value is a secret. Numbers, flags and empty values are none: `tokens=5` is a
 * rate limit, and `server_key=""` says that there is no key.
 */
export function isSecret(name: string, value: unknown): boolean {
  if (
    typeof value === "string"
      ? value === ""
      : typeof value !== "object" || value === null
  ) return false;
  if (Array.isArray(value) && value.length === 0) return false;
  return SECRET_WORD.test(name) || SECRET_CAMEL.test(name) ||
    SECRET_FUSED.test(name);
}

/** What one of the patterns of {@link maskSecrets} could match; most text has nothing of it. */
const SUSPICIOUS = /:\/\/|[?&]|bearer|-BEGIN/i;

/**
 * The text without what looks like a secret wherever it stands: a bearer token, the user and password of an address,
 * a key in a query, a private key in PEM (RFC 7468). Each pattern takes time linear in the length.
 */
export function maskSecrets(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return text
    .replace(/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${SECRET_MASK}`)
    .replace(/:\/\/[^\s/@:]*:[^\s/@]*@/g, `://${SECRET_MASK}@`)
    .replace(
      /([?&][\w-]*(?:key|token|secret|password|signature)=)[^&\s"'#]+/gi,
      `$1${SECRET_MASK}`,
    )
    .replace(/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*/g, SECRET_MASK);
}
