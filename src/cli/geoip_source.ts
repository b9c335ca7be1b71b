/** Where `opsen geoip download` gets a database from, and with which key. Reads options, environment and key file. */
import { isOnThisMachine } from "../agent/cautions.ts";
import { CONFIG_BYTES_MAX } from "../config/file_reader.ts";
import { secretIn } from "../config/secret_file.ts";
import type { Shell } from "./shell.ts";

/** What commander read of the options that say it. */
export interface SourceOptions {
  readonly keyFile?: string;
  readonly accountId?: string;
  readonly edition: string;
  readonly url: string;
}

/** An archive, its checksum, and what the server is shown. Without an account the URLs hold the key: never show them. */
export interface GeoipSource {
  readonly edition: string;
  readonly archive: URL;
  readonly checksum: URL;
  /** Value of the Authorization field, for this origin only. */
  readonly authorization: string | undefined;
}

/** Where MaxMind hands out databases. */
export const MAXMIND_URL = "https://download.maxmind.com";

/** Where an account and its keys are, free of charge. */
export const KEYS_URL = "https://www.maxmind.com/en/geolite2/signup";

const KEY_VARIABLE = "MAXMIND_LICENSE_KEY";
const KEY_FILE_VARIABLE = "MAXMIND_LICENSE_KEY_FILE";
const ACCOUNT_VARIABLE = "MAXMIND_ACCOUNT_ID";

/** What MaxMind calls the two files. */
const ARCHIVE = "tar.gz";
const CHECKSUM = "tar.gz.sha256";

/** The source; an error in words, which never holds the key, when it can't be meant. */
export function sourceOf(
  keyArgument: string | undefined,
  options: SourceOptions,
  shell: Shell,
): GeoipSource | string {
  const { edition } = options;
  if (!/^[A-Za-z0-9-]{1,64}$/.test(edition)) {
    return `--edition: found ${
      JSON.stringify(edition)
    }, wanted letters, digits and dashes such as GeoLite2-City`;
  }
  const base = URL.parse(options.url);
  if (
    base === null || !/^https?:$/.test(base.protocol) ||
    base.username + base.password + base.search + base.hash !== ""
  ) {
    return `--url: found something else, wanted an http or https URL without name, password and query, such as ${MAXMIND_URL}`;
  }
  const account = options.accountId ?? shell.env(ACCOUNT_VARIABLE) ?? "";
  if (!/^\d{0,20}$/.test(account)) {
    return `The account ID (--account-id, ${ACCOUNT_VARIABLE}) has something else than digits; it stands beside the licence keys at maxmind.com`;
  }
  const key = keyOf(keyArgument, options.keyFile, shell);
  if (key.kind === "unusable") return key.reason;
  if (base.protocol === "http:" && !isOnThisMachine(hostOf(base))) {
    shell.err(
      `Warning: the key goes to "${base.host}" unencrypted, for everyone on the way to read; use an https URL\n`,
    );
  }
  return account === ""
    ? byPermalink(base, edition, key.secret)
    : byAccount(base, edition, account, key.secret);
}

type Key = ReturnType<typeof secretIn>;

/** What is said outright counts more than the environment, a key more than a file of one. */
function keyOf(
  argument: string | undefined,
  fileOption: string | undefined,
  shell: Shell,
): Key {
  if (argument !== undefined && fileOption !== undefined) {
    return unusable(
      "Found a licence key and --key-file, wanted one of them",
    );
  }
  if (argument !== undefined) return checked(argument, "The licence key");
  if (fileOption !== undefined) return inFile(fileOption, "--key-file", shell);
  const said = shell.env(KEY_VARIABLE) ?? "";
  if (said !== "") return checked(said, KEY_VARIABLE);
  const file = shell.env(KEY_FILE_VARIABLE) ?? "";
  if (file !== "") return inFile(file, KEY_FILE_VARIABLE, shell);
  return unusable(
    `No licence key: set ${KEY_VARIABLE}, or name a file that holds it with --key-file; one is free at ${KEYS_URL}`,
  );
}

function inFile(path: string, whose: string, { readFile }: Shell): Key {
  const content = readFile(path, CONFIG_BYTES_MAX);
  if (content.kind === "read") {
    const text = new TextDecoder().decode(content.bytes);
    return checked(text, `${whose}: "${path}"`);
  }
  const found = content.kind === "too_large"
    ? `more than ${CONFIG_BYTES_MAX} bytes`
    : content.found;
  return unusable(`${whose}: "${path}": found ${found}, wanted a licence key`);
}

function checked(text: string, whose: string): Key {
  const key = secretIn(text);
  return key.kind === "secret"
    ? key
    : unusable(`${whose} can't be used: ${key.reason}`);
}

function unusable(reason: string): Key {
  return { kind: "unusable", reason };
}

/** https://dev.maxmind.com/geoip/updating-databases, "Directly Downloading Databases". */
function byAccount(
  base: URL,
  edition: string,
  account: string,
  key: string,
): GeoipSource {
  const path = `/geoip/databases/${edition}/download`;
  return {
    edition,
    archive: under(base, path, { suffix: ARCHIVE }),
    checksum: under(base, path, { suffix: CHECKSUM }),
    authorization: `Basic ${btoa(`${account}:${key}`)}`,
  };
}

/** The older way, which asks for no account ID. */
function byPermalink(base: URL, edition: string, key: string): GeoipSource {
  const path = "/app/geoip_download";
  const said = { edition_id: edition, license_key: key };
  return {
    edition,
    archive: under(base, path, { ...said, suffix: ARCHIVE }),
    checksum: under(base, path, { ...said, suffix: CHECKSUM }),
    authorization: undefined,
  };
}

function under(
  base: URL,
  path: string,
  query: Readonly<Record<string, string>>,
): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, "") + path;
  url.search = String(new URLSearchParams(query));
  return url;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
