/** A column of values as one line of characters, the lowest for the bottom of the scale, blanks for what is not known. */

const BLOCKS = "▁▂▃▄▅▆▇█";
/** Where the terminal can't show blocks. */
const ASCII = "_.-=+*%#";

/** A scale: values from its bottom to its top. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly isUnicode: boolean;
}

/** One character for each value; a gap is a blank, so that it is not taken for zero. */
export function sparkLine(
  values: readonly (number | null)[],
  { min, max, isUnicode }: Scale,
): string {
  const marks = [...isUnicode ? BLOCKS : ASCII];
  const span = max - min;
  return values.map((value) => {
    if (value === null) return " ";
    const share = span > 0 ? (value - min) / span : 0;
    const step = Math.floor(share * marks.length);
    return marks[Math.min(Math.max(step || 0, 0), marks.length - 1)];
  }).join("");
}

/** Whether the locale is one of UTF-8 (locale(7): LC_ALL before LC_CTYPE before LANG). */
export function isUnicodeLocale(
  env: (name: string) => string | undefined,
): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG") || "";
  return /utf-?8/i.test(locale);
}
