/** Pieces of HTML. Everything that is put into one is escaped unless it is a piece itself. */

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

/** A piece; what is undefined leaves nothing, and neither do line ends beside tags. */
export function markup(pieces: TemplateStringsArray, ...parts: Part[]): Html {
  const fill = (piece: string, index: number) =>
    piece.replaceAll(/(^|>)\s*\n\s*|\s*\n\s*(?=<|$)/g, "$1")
      .replaceAll(/\s*\n\s*/g, " ") + textOf(parts[index]);
  return new Html(pieces.map(fill).join(""));
}

/** Prose with `code` in back-quotes. */
export function prose(text: string): Html {
  return new Html(
    between(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>"),
  );
}

/** Text between tags, where quotes may stand. */
export function plain(text: string): Html {
  return new Html(between(text));
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return escaped(String(part));
}

function escaped(text: string): string {
  return between(text).replaceAll('"', "&quot;");
}

function between(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
