/**
 * Where the lines of a log are said, for a program whose modules are bundled: made of the bundle's source maps, which
 * are too large to ship. See src/log/bundle_lines.ts, which reads it.
 */
import type { BundleTable } from "../../src/log/bundle_lines.ts";

/** A module of a bundle and its source map (https://tc39.es/ecma426/). */
export interface MappedModule {
  /** Name of the module's file. */
  readonly name: string;
  readonly text: string;
  /** The map's JSON. */
  readonly map: string;
}

/**
 * Calls that may say a line. V8 counts the place of a call from the method's name, and from the "(" where the name is a
 * value (`logger[level](…)`).
 */
const SAYING = /(?<=\.)(?:debug|info|warn|error|fatal)\(|(?<=\[[\w$]+\])\(/g;

/**
 * The places of all calls of these modules that may say a line. Sources stand in the maps as paths from `folder`; those
 * outside of `root` are other people's and say none.
 */
export function callLines(
  modules: readonly MappedModule[],
  { folder, root }: { readonly folder: string; readonly root: string },
): BundleTable {
  const inSource = (path: string) => {
    const { pathname } = new URL(path, `file://${folder}/`);
    return pathname.startsWith(`${root}/`)
      ? pathname.slice(root.length + 1)
      : undefined;
  };
  const table: Record<string, Record<string, string>> = {};
  for (const { name, text, map } of modules) {
    const places: Record<string, string> = {};
    const { sources, mappings }: SourceMap = JSON.parse(map);
    const paths = sources.map(inSource);
    const rows = mappings.split(";");
    const segments = segmentsOf(rows);
    for (const [row, line] of text.split("\n").entries()) {
      for (const { index } of line.matchAll(SAYING)) {
        const segment = lastAt(segments[row] ?? [], index);
        const source = paths[segment?.source ?? -1];
        if (segment === undefined || source === undefined) continue;
        places[`${row + 1}:${index + 1}`] = `${source}:${segment.line + 1}`;
      }
    }
    if (Object.keys(places).length > 0) table[name] = places;
  }
  return table;
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** From a column of the bundle on, the line of a source; all count from 0. */
interface Segment {
  readonly column: number;
  readonly source: number;
  readonly line: number;
}

/** Every number but the column is the difference to the one before, over all rows. */
function segmentsOf(rows: readonly string[]): Segment[][] {
  let source = 0;
  let line = 0;
  return rows.map((row) => {
    let column = 0;
    const segments: Segment[] = [];
    for (const text of row.split(",")) {
      const [columnStep, sourceStep, lineStep] = numbersOf(text);
      if (columnStep === undefined) continue;
      column += columnStep;
      if (sourceStep === undefined || lineStep === undefined) continue;
      source += sourceStep;
      line += lineStep;
      segments.push({ column, source, line });
    }
    return segments;
  });
}

const DIGITS =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 VLQ: five bits a digit, the lowest first, the sixth says that more follow; the lowest bit of all is the sign. */
function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}

function lastAt(
  segments: readonly Segment[],
  column: number,
): Segment | undefined {
  return segments.findLast((segment) => segment.column <= column);
}
