/** `server_key` stands in the configuration or in a file. */
import { type Objection, problem } from "./rule.ts";

/** Of two keys nobody could say which one counts. */
export function serverKeyRule(
  { serverKey, serverKeyFile }: {
    readonly serverKey: string;
    readonly serverKeyFile: string;
  },
): Objection[] {
  if (serverKey === "" || serverKeyFile === "") return [];
  const found = "a value, and one for server_key too";
  return [problem("server_key_file", found, "one of them", ["server_key"])];
}
