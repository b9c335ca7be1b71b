/** Secrets that stand in a file of their own. Owns no state. */
import { type SecretContent, secretIn } from "../config/secret_file.ts";

/** The secret in the file that a key of the configuration names, or why there is none, in a sentence with both. */
export async function readSecret(
  key: string,
  path: string,
): Promise<SecretContent> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      kind: "unusable",
      reason: `Cannot read ${key} "${path}": ${reason}`,
    };
  }
  const content = secretIn(text);
  return content.kind === "secret" ? content : {
    kind: "unusable",
    reason: `Cannot use ${key} "${path}": ${content.reason}`,
  };
}
