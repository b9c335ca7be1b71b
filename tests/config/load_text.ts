/** Loads a configuration from text, for tests: no file, no process environment. */
import type { FileContent } from "../../src/config/file_reader.ts";
import type { Loaded, LoadInput } from "../../src/config/load.ts";
import type { SaidFlag } from "../../src/config/outside_values.ts";
import { loadClientConfig } from "../../src/config/load_client_config.ts";
import { loadServerConfig } from "../../src/config/load_server_config.ts";
import type { ClientConfig } from "../../src/config/client_keys.ts";
import type { ServerConfig } from "../../src/config/server_keys.ts";

/** What stands above the file. */
export interface Above {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly SaidFlag[];
}

/** The server's configuration from the text of a file called `server.yml`. */
export async function loadServerText(
  text: string,
  above: Above = {},
): Promise<Loaded<ServerConfig>> {
  return await loadServerConfig(inputOf("server.yml", text, above));
}

/** The client's configuration from the text of a file called `client.yml`. */
export async function loadClientText(
  text: string,
  above: Above = {},
): Promise<Loaded<ClientConfig>> {
  return await loadClientConfig(inputOf("client.yml", text, above));
}

/** The problems of a server's file; none when it loads. */
export async function serverProblems(
  text: string,
  above: Above = {},
): Promise<readonly string[]> {
  const loaded = await loadServerText(text, above);
  return loaded.kind === "invalid" ? loaded.problems : [];
}

/** The server's configuration, which must be valid. */
export async function serverConfig(
  text: string,
  above: Above = {},
): Promise<ServerConfig> {
  const loaded = await loadServerText(text, above);
  if (loaded.kind === "invalid") throw new Error(loaded.problems.join("\n"));
  return loaded.config;
}

/** An input whose only file holds these bytes. */
export function inputOf(
  configPath: string,
  content: string | FileContent,
  { env = {}, flags = [] }: Above = {},
): LoadInput {
  const file: FileContent = typeof content === "string"
    ? { kind: "read", bytes: new TextEncoder().encode(content) }
    : content;
  return { configPath, env: (name) => env[name], flags, readFile: () => file };
}
