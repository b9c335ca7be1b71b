/** A table of text for people: columns padded to their widest cell, numbers to the right, two spaces between. */

/** One column. */
export interface Column {
  readonly title: string;
  /** Whether cells stand at the right edge. */
  readonly right?: boolean;
}

/** The lines of the table, each with its line end. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, column) =>
    rows.reduce(
      (width, row) => Math.max(width, (row[column] ?? "").length),
      title.length,
    )
  );
  const line = (cells: readonly string[]) =>
    columns.map(({ right }, column) => {
      const cell = cells[column] ?? "";
      const width = widths[column] ?? 0;
      return right ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd() + "\n";
  return line(columns.map(({ title }) => title)) + rows.map(line).join("");
}
