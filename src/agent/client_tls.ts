/**
 * What a caller of the server brings to TLS: authorities besides the system's, and a certificate of its own. Read from
 * files once, and checked before anything is sent. Owns no state.
 */

/** A file, and what names it: a key of the configuration or a flag. */
export interface NamedFile {
  readonly name: string;
  /** Empty for none. */
  readonly path: string;
}

/** The files that are named; the certificate comes with its key. */
export interface ClientTlsFiles {
  readonly authority: NamedFile;
  readonly certificate: NamedFile;
  readonly key: NamedFile;
}

/** What is in them, PEM; as `Deno.createHttpClient` and node:tls take it. */
export interface ClientTls {
  readonly caCerts: string[];
  readonly identity:
    | { readonly cert: string; readonly key: string }
    | undefined;
}

/** Nothing besides what the system has. */
export const USUAL_TLS: ClientTls = { caCerts: [], identity: undefined };

/** A file can't be read or used. */
export class UnusableTlsFileError extends Error {
  override readonly name = "UnusableTlsFileError";
}

/**
 * Reads the files; throws an {@link UnusableTlsFileError} that names file and reason.
 *
 * @param readText Reads a file whole; throws an Error whose message says why it can't.
 */
export function readClientTls(
  { authority, certificate, key }: ClientTlsFiles,
  readText: (path: string) => string = Deno.readTextFileSync,
): ClientTls {
  const read = ({ name, path }: NamedFile) => {
    try {
      return readText(path);
    } catch (error) {
      throw unusable(`Cannot read ${name} "${path}"`, error);
    }
  };
  const caCerts: string[] = [];
  if (authority.path !== "") {
    const cannot = `Cannot use ${authority.name} "${authority.path}"`;
    const pem = read(authority);
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
      throw unusable(cannot, "found no certificate, wanted PEM");
    }
    caCerts.push(pem);
    check({ caCerts }, cannot);
  }
  if (certificate.path === "" && key.path === "") {
    return { caCerts, identity: undefined };
  }
  const missing = [certificate, key].find(({ path }) => path === "");
  const given = certificate.path === "" ? key : certificate;
  const cannot = `Cannot use ${given.name} "${given.path}"`;
  if (missing !== undefined) {
    throw unusable(cannot, `found no ${missing.name}, wanted both or neither`);
  }
  const identity = { cert: read(certificate), key: read(key) };
  check(identity, `${cannot} with ${key.name} "${key.path}"`);
  return { caCerts, identity };
}

/** The runtime says what is wrong with them when they are about to be used. */
function check(
  options: Parameters<typeof Deno.createHttpClient>[0],
  cannot: string,
): void {
  try {
    Deno.createHttpClient(options).close();
  } catch (error) {
    throw unusable(cannot, error);
  }
}

function unusable(cannot: string, cause: unknown): UnusableTlsFileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UnusableTlsFileError(`${cannot}: ${reason}`, { cause });
}
