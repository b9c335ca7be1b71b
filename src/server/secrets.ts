/** Keys that stand in files. */
import { referencedFiles } from "../config/referenced_files.ts";
import { secretIn } from "../config/secret_file.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Logger } from "../ports.ts";
import { readNamedFile, UnusableFileError } from "./named_file.ts";

/** The part of a configuration that keys are in. */
export type KeysConfig = Pick<
  ServerConfig,
  "serverKey" | "serverKeyFile" | "apiKeys"
>;

/**
 * The keys with those in it that stand in files. Rejects with an {@link UnusableFileError} that names key and path when
 * one of them can't be read or holds none.
 */
export async function withSecrets(
  { serverKey, serverKeyFile, apiKeys }: KeysConfig,
): Promise<Pick<ServerConfig, "serverKey" | "apiKeys">> {
  return {
    serverKey: serverKeyFile === ""
      ? serverKey
      : await secretOf("server_key_file", serverKeyFile),
    apiKeys: await Promise.all(apiKeys.map(async (entry, index) => {
      const { keyFile } = entry;
      if (keyFile === "") return entry;
      const key = await secretOf(`api_keys[${index}].key_file`, keyFile);
      return { ...entry, key };
    })),
  };
}

/** Bits of a file's mode for those who are not its owner. */
const OTHERS_MODE = 0o077;

/** Says which files with secrets others than the server's user may read. Nothing is refused: some mounts know no modes. */
export async function warnOfReadableSecrets(
  config: ServerConfig,
  logger: Logger,
): Promise<void> {
  for (const { key, path } of referencedFiles(config)) {
    if (!SECRET_FILES.test(key)) continue;
    const { mode } = await Deno.stat(path).catch(() => ({ mode: null }));
    if (mode === null || (mode & OTHERS_MODE) === 0) continue;
    const found = (mode & 0o777).toString(8).padStart(4, "0");
    logger.warn("Others may read a file that holds a secret", {
      namedBy: key,
      path,
      mode: found,
      wanted: "0600",
    });
  }
}

/** Keys that name a file with a secret; that of JWTs is public as a rule. */
const SECRET_FILES =
  /^(?:server_key_file|api_keys\[\d+\]\.key_file|(?:tls|upstream)_key_file|tls\[\d+\]\.key_file)$/;

async function secretOf(key: string, path: string): Promise<string> {
  const content = secretIn(await readNamedFile(key, path));
  switch (content.kind) {
    case "secret":
      return content.secret;
    case "unusable":
      throw new UnusableFileError(
        `Cannot use ${key} "${path}": ${content.reason}`,
      );
  }
}
