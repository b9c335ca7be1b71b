/**
 * Files with secrets that a service manager hands over (systemd.exec, "Credentials"): a folder, named by
 * `$CREDENTIALS_DIRECTORY`, that only the service reads.
 */
import type { ClientConfig } from "./client_keys.ts";
import { type FileReader, NO_SUCH_FILE } from "./file_reader.ts";
import type { ServerConfig } from "./server_keys.ts";

/** What the paths are looked up with. */
export interface CredentialsWorld {
  readonly env: (name: string) => string | undefined;
  readonly readFile: FileReader;
}

/**
 * The server's configuration with the paths of its secrets as they are to be read: a relative one in the folder when it
 * is there. Without `server_key` and `server_key_file`, a `server_key` in the folder counts.
 */
export function withServerCredentials(
  config: ServerConfig,
  world: CredentialsWorld,
): ServerConfig {
  const folder = folderOf(world);
  if (folder === undefined) return config;
  const path = (written: string) => inFolder(written, folder, world);
  return {
    ...config,
    serverKeyFile: keyFileOf(config, folder, world),
    tlsKeyFile: path(config.tlsKeyFile),
    tls: config.tls.map((entry) => ({
      ...entry,
      keyFile: path(entry.keyFile),
    })),
    upstreamKeyFile: path(config.upstreamKeyFile),
    apiKeys: config.apiKeys.map((entry) => ({
      ...entry,
      keyFile: path(entry.keyFile),
    })),
    jwt: { ...config.jwt, keyFile: path(config.jwt.keyFile) },
  };
}

/** The same for the client's. */
export function withClientCredentials(
  config: ClientConfig,
  world: CredentialsWorld,
): ClientConfig {
  const folder = folderOf(world);
  if (folder === undefined) return config;
  const path = (written: string) => inFolder(written, folder, world);
  return {
    ...config,
    serverKeyFile: keyFileOf(config, folder, world),
    tlsKeyFile: path(config.tlsKeyFile),
    enrolTokenFile: path(config.enrolTokenFile),
  };
}

function folderOf({ env }: CredentialsWorld): string | undefined {
  return env("CREDENTIALS_DIRECTORY") || undefined;
}

function keyFileOf(
  { serverKey, serverKeyFile }: Pick<
    ServerConfig,
    "serverKey" | "serverKeyFile"
  >,
  folder: string,
  world: CredentialsWorld,
): string {
  if (serverKeyFile !== "") return inFolder(serverKeyFile, folder, world);
  if (serverKey !== "") return "";
  const path = `${folder}/server_key`;
  return isThere(path, world) ? path : "";
}

function inFolder(
  path: string,
  folder: string,
  world: CredentialsWorld,
): string {
  if (path === "" || path.startsWith("/")) return path;
  const inside = `${folder}/${path}`;
  return isThere(inside, world) ? inside : path;
}

/** Something that can't be read for another reason than that it is not there is meant, and is complained of later. */
function isThere(path: string, { readFile }: CredentialsWorld): boolean {
  const content = readFile(path, 0);
  return content.kind !== "unreadable" || content.found !== NO_SUCH_FILE;
}
