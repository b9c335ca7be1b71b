/** Manual pages in mdoc(7): text made safe for roff, and the frame that all pages share. */

/** A page. */
export interface ManPage {
  readonly name: string;
  readonly section: 1 | 5;
  readonly text: string;
}

/** What a page says. */
export interface ManContent {
  readonly name: string;
  readonly section: 1 | 5;
  readonly summary: string;
  /** Lines of mdoc. */
  readonly body: readonly string[];
}

/** Pages have the date of what they describe, not of the day on which they are made: so two runs make the same bytes. */
const PAGE_DATE = "November 22, 2026";

/** The page. */
export function manPage(content: ManContent): ManPage {
  const { name, section, summary, body } = content;
  const lines = [
    `.Dd ${PAGE_DATE}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    ".Os",
    ".Sh NAME",
    `.Nm ${name}`,
    `.Nd ${plain(summary)}`,
    ...body,
  ];
  return { name, section, text: `${lines.join("\n")}\n` };
}

/** Text for a line of its own. Backslashes are escapes to roff, and a dot or quote at the start a request. */
export function plain(text: string): string {
  const safe = escaped(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** Text as one argument of a macro. */
export function argument(text: string): string {
  const safe = escaped(text).replaceAll('"', "\\(dq");
  // A short word could be the name of another macro.
  return `"${/^[A-Z%][a-zA-Z1]$/.test(safe) ? "\\&" : ""}${safe}"`;
}

/** A text of several lines as it stands. */
export function literal(text: string): string[] {
  return [
    ".Bd -literal",
    ...text.split("\n").map((line) => line === "" ? "\\&" : plain(line)),
    ".Ed",
  ];
}

/** Minus signs stay such, so that what is copied from a page works; what ASCII lacks is named (groff_char(7)). */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replace(
      /[^ -~\n\t]/gu,
      (character) =>
        `\\[u${
          (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(
            4,
            "0",
          )
        }]`,
    );
}
