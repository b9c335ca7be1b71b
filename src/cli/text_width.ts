/** How many columns of a terminal a text takes, and texts cut and padded to so many. */
import { escapeInvisible } from "../log/escape_invisible.ts";

/** Marks that stand over the character before them. */
const NO_COLUMN = /[\p{Mn}\p{Me}]/u;
/** What takes two columns: East Asian wide and full-width characters, and pictures (Unicode Standard Annex 11). */
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** The columns that a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfOne(character);
  return columns;
}

/** The text in exactly so many columns; what others chose in it can't move the cursor. */
export function fitted(
  text: string,
  columns: number,
  side: "left" | "right" = "left",
): string {
  const shown = cut(escapeInvisible(text), columns);
  const blank = " ".repeat(Math.max(0, columns - columnsOf(shown)));
  return side === "left" ? shown + blank : blank + shown;
}

function cut(text: string, columnsMax: number): string {
  if (columnsOf(text) <= columnsMax) return text;
  let columns = 0;
  let kept = "";
  for (const character of text) {
    columns += columnsOfOne(character);
    if (columns > columnsMax - 1) break;
    kept += character;
  }
  return columnsMax > 0 ? `${kept}…` : "";
}

function columnsOfOne(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (NO_COLUMN.test(character)) return 0;
  return TWO_COLUMNS.test(character) ? 2 : 1;
}
