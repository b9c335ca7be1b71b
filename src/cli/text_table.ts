/** A table of text for people: columns padded to their widest cell, numbers to the right, two spaces between. */
import { escapeInvisible } from "../log/escape_invisible.ts";
import { columnsOf } from "./text_width.ts";

/** One column. */
export interface Column {
  readonly title: string;
  /** Whether cells stand at the right edge. */
  readonly right?: boolean;
}

/** The lines of the table, each with its line end. Cells may be anybody's words: they move no cursor and end no line. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const shown = rows.map((row) => row.map(escapeInvisible));
  const widths = columns.map(({ title }, column) =>
    shown.reduce(
      (width, row) => Math.max(width, columnsOf(row[column] ?? "")),
      columnsOf(title),
    )
  );
  const line = (cells: readonly string[]) =>
    columns.map(({ right }, column) => {
      const cell = cells[column] ?? "";
      const gap = " ".repeat((widths[column] ?? 0) - columnsOf(cell));
      return right ? gap + cell : cell + gap;
    }).join("  ").trimEnd() + "\n";
  return line(columns.map(({ title }) => title)) + shown.map(line).join("");
}
