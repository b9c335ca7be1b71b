/** Keeps what a caller chose, such as a host name, from looking like something else in a terminal or a log file. */

/** Nearly every line; the test for it costs a tenth of the Unicode classes below. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * The text with everything a reader can't see written as `\uXXXX` (line ends and tabs as `\n`, `\r`, `\t`): control
 * characters, which move the cursor or end the line; format characters, which reverse or hide text; line and
 * paragraph separators; and halves of surrogate pairs. Inside of JSON text the result means the same.
 */
export function escapeInvisible(text: string): string {
  return PRINTABLE_ASCII.test(text)
    ? text
    : text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
  }
  let units = "";
  for (let i = 0; i < character.length; i++) {
    units += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return units;
}
