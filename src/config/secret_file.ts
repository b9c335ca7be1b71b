/** What stands in a file that holds one secret, such as `server_key_file`. */
import { SECRET, TEXT_LENGTH_MAX } from "./text_format.ts";

/** What such a file comes to. */
export type SecretContent =
  | { readonly kind: "secret"; readonly secret: string }
  /** It can't be used; the reason says nothing of what stands in it. */
  | { readonly kind: "unusable"; readonly reason: string };

/** The secret in the text of a file, without the line break that editors and `echo` put behind it. */
export function secretIn(text: string): SecretContent {
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") return unusable("it is empty");
  if (secret.length > TEXT_LENGTH_MAX) {
    const found = `${secret.length} characters`;
    return unusable(`found ${found}, wanted at most ${TEXT_LENGTH_MAX}`);
  }
  return SECRET.accepts(secret)
    ? { kind: "secret", secret }
    : unusable(`found something else than one line of ${SECRET.wanted}`);
}

function unusable(reason: string): SecretContent {
  return { kind: "unusable", reason };
}
