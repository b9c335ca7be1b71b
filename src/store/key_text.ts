/**
 * Text that names a row. node:sqlite cuts text at a NUL when it reads it back, and replaces half surrogate pairs, so
 * such a name would come back as another one.
 */

/** The text, if it comes back as it is. Throws TypeError otherwise. */
export function keyText(what: string, text: string): string {
  if (text.includes("\0") || !text.isWellFormed()) {
    throw new TypeError(
      `Cannot store ${what} ${
        JSON.stringify(text)
      }: wanted Unicode text without NUL`,
    );
  }
  return text;
}
