/**
 * What a text must look like, by what it is for. `pattern` is what JSON Schema can say of it and never refuses what
 * `accepts` takes; `wanted` is the end of the sentence "found …, wanted …".
 */
import { countryCodeOf } from "../policy/country.ts";
import { endMs } from "../policy/instant.ts";
import { isAddress, isAddressRange } from "./address.ts";
import { configuredHash } from "./key_hash.ts";

/** Bound of every text, in UTF-16 units; paths, URLs and keys are far below. */
export const TEXT_LENGTH_MAX = 4096;

/** One way a text can have to look. */
export interface TextFormat {
  /** What was wanted, as the end of a sentence. */
  readonly wanted: string;
  /** A regular expression of JSON Schema (ECMA-262, flag u). */
  readonly pattern: string;
  /** Whether the text is one. */
  readonly accepts: (text: string) => boolean;
  /** Whether a number without quotes is meant as text: ids, names and keys often are nothing but digits. */
  readonly digits: boolean;
}

/** Without line breaks and other control characters: they are a slip in YAML, and forge lines in a log. */
const PLAIN = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/** Any text on one line. */
export const ANY_TEXT = byPattern("text on one line", PLAIN, { digits: true });

/** What can be sent as the value of an HTTP field (RFC 9110 section 5.5), because keys are. */
export const SECRET = byPattern(
  "printable ASCII characters without spaces around them",
  "^([!-~]([ -~]*[!-~])?)?$",
  { digits: true },
);

/** The hash of a key. */
export const KEY_HASH: TextFormat = {
  ...byPattern(
    '"sha256:" and 64 hexadecimal digits, as "opsen keys create NAME --offline" prints it',
    "^([Ss][Hh][Aa]256:)?[0-9A-Fa-f]{64}$",
    { digits: true },
  ),
  accepts: (text) => configuredHash(text) !== undefined,
};

/** A path of the file system; not empty. */
export const PATH = byPattern("a path", "^[^\\u0000-\\u001f\\u007f]+$");

/** An http or https URL. */
export const HTTP_URL: TextFormat = {
  ...byPattern(
    "an http or https URL such as http://10.0.0.5:8080",
    "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$",
  ),
  accepts: isHttpUrl,
};

/** An address, or a range of them. */
export const ADDRESS_RANGE: TextFormat = {
  ...byPattern(
    "an address or a range such as 10.0.0.0/8",
    "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$",
  ),
  accepts: isAddressRange,
};

const HOST_NAME =
  "[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\\.?";

/** Where backends may be: a range, or an address or a host name with or without a port. */
export const ENDPOINT_PLACE: TextFormat = {
  ...byPattern(
    "an address, a range such as 10.0.0.0/8, or a host name, the first and the last with or without a port",
    `^([0-9A-Fa-f:.]+(/[0-9]{1,3})?|(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+|${HOST_NAME}):[0-9]{1,5}|${HOST_NAME})$`,
  ),
  accepts: (text) =>
    isAddressRange(text) || isHostName(text) || isEndpointPlace(text),
};

/** What a server can listen on: an address or a host name. */
export const HOST: TextFormat = {
  ...byPattern(
    "an address such as 0.0.0.0 or ::, or a host name",
    `^([0-9A-Fa-f:.]+|${HOST_NAME})$`,
  ),
  accepts: (text) => isAddress(text) || isHostName(text),
};

/** An address and a port; without an address, all of them. */
export const HOST_AND_PORT: TextFormat = {
  ...byPattern(
    "an address and a port such as 127.0.0.1:9090 or [::1]:9090",
    `^(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+|${HOST_NAME})?:[0-9]{1,5}$`,
  ),
  accepts: isHostAndPort,
};

const LOOPBACK = byPattern(
  "an address that only this machine reaches and a port, such as 127.0.0.1:9777 or [::1]:9777",
  "^(127(\\.[0-9]{1,3}){3}|\\[::1\\]|localhost):[0-9]{1,5}$",
);

/** An address that only this machine reaches, and a port. */
export const LOOPBACK_AND_PORT: TextFormat = {
  ...LOOPBACK,
  accepts: (text) => LOOPBACK.accepts(text) && isHostAndPort(text),
};

/** A field name (token of RFC 9110 section 5.6.2). */
export const FIELD_NAME = byPattern(
  "the name of an HTTP field such as X-Session-ID",
  "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
);

/** An origin as browsers send it (WHATWG Fetch, section 3.2), or all of them. */
export const ORIGIN: TextFormat = {
  ...byPattern(
    'an origin such as https://app.example.com without a path, "*" or "null"',
    `^(\\*|null|[A-Za-z][A-Za-z0-9+.-]*://(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+|${HOST_NAME})(:[0-9]{1,5})?)$`,
  ),
  accepts: isOrigin,
};

/** A request path, a prefix of some, or all of them. */
export const PATH_PREFIX = byPattern(
  'a path that starts with "/", or "*" for all',
  "^(/[^\\s?#]*|\\*)$",
);

/** A path as it stands in a request, query included. */
export const URL_PATH = byPattern(
  'a path that starts with "/"',
  "^/[^\\s\\u0000-\\u001f\\u007f#]*$",
);

/** A name that people give and callers repeat: of a tier, of a key. */
export const NAME = byPattern(
  "a name of 1 to 128 characters without spaces around it",
  "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]{0,126}[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$",
  { digits: true },
);

/** The id of a backend. */
export const ID = byPattern(
  'an id of at most 128 letters, digits, ".", "_", ":" and "-"',
  "^[A-Za-z0-9._:-]{1,128}$",
  { digits: true },
);

/** A country, as ISO 3166-1 alpha-2 writes it; in any case of letters. */
export const COUNTRY: TextFormat = {
  ...byPattern(
    "the two letters of a country such as FR (ISO 3166-1)",
    "^[A-Za-z]{2}$",
  ),
  accepts: (text) => countryCodeOf(text)?.length === 2,
};

/** A day or an instant (RFC 3339). */
export const INSTANT: TextFormat = {
  ...byPattern(
    "a day such as 2027-01-31 or an instant such as 2027-01-31T12:00:00Z",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?$",
  ),
  accepts: (text) => endMs(text) !== undefined,
};

/** The format, or nothing. */
export function orEmpty(format: TextFormat): TextFormat {
  return {
    ...format,
    wanted: `${format.wanted}, or "" for none`,
    pattern: `^$|${format.pattern}`,
    accepts: (text) => text === "" || format.accepts(text),
  };
}

function byPattern(
  wanted: string,
  pattern: string,
  { digits = false }: { readonly digits?: boolean } = {},
): TextFormat {
  const expression = new RegExp(pattern, "u");
  return {
    wanted,
    pattern,
    accepts: (text) => expression.test(text),
    digits,
  };
}

/** As `new URL` reads it, which forgives too much: no spaces, and a host after two slashes. */
function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#\\]/i.test(text) && !/[\s\\]/.test(text) &&
    URL.canParse(text);
}

function isHostName(text: string): boolean {
  if (text.length > 253 || /^[0-9.]+$/.test(text)) return false;
  return new RegExp(`^${HOST_NAME}$`).test(text);
}

function isOrigin(text: string): boolean {
  if (text === "*" || text === "null") return true;
  const [, host = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^:].*)$/i.exec(text) ?? [];
  return isHostAndPort(/:[0-9]{1,5}$/.test(host) ? host : `${host}:0`) &&
    host !== "";
}

/** Nobody listens on port 0, and without a host it would be every address. */
function isEndpointPlace(text: string): boolean {
  return isHostAndPort(text) && /^[^:].*:0*[1-9][0-9]*$/.test(text);
}

function isHostAndPort(text: string): boolean {
  const [, host = "", port = ""] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65535) return false;
  if (host === "") return true;
  if (host.startsWith("[") && host.endsWith("]")) {
    return host.includes(":") && isAddress(host.slice(1, -1));
  }
  return !host.includes(":") && (isAddress(host) || isHostName(host));
}
