/** What a command brings to TLS with the server that it asks. Owns no state. */
import {
  type ClientTls,
  readClientTls,
  UnusableTlsFileError,
} from "../agent/client_tls.ts";
import type { Shell } from "./shell.ts";

/** What commander read of the options that name files. */
export interface TlsOptions {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** A bundle of all authorities of a system has 250 kB. */
const PEM_BYTES_MAX = 4 * 1024 * 1024;

/** The files of these paths, empty for none; an error in words when they can't be used. */
export function targetTls(
  options: TlsOptions,
  shell: Shell,
): ClientTls | string {
  const { caFile = "", certFile = "", keyFile = "" } = options;
  try {
    return readClientTls({
      authority: { name: "--ca-file", path: caFile },
      certificate: { name: "--cert-file", path: certFile },
      key: { name: "--key-file", path: keyFile },
    }, (path) => textOf(path, shell));
  } catch (error) {
    if (error instanceof UnusableTlsFileError) return error.message;
    throw error;
  }
}

/** The client to fetch with; undefined, which means the runtime's own, unless there is something to bring. */
export function httpClient(
  { caCerts, identity }: ClientTls,
): Deno.HttpClient | undefined {
  if (caCerts.length === 0 && identity === undefined) return undefined;
  return Deno.createHttpClient({ caCerts, ...identity });
}

function textOf(path: string, shell: Shell): string {
  const content = shell.readFile(path, PEM_BYTES_MAX);
  switch (content.kind) {
    case "read":
      return new TextDecoder().decode(content.bytes);
    case "too_large":
      throw new RangeError(`found more than ${PEM_BYTES_MAX} bytes`);
    case "unreadable":
      throw new Error(`found ${content.found}`);
  }
}
