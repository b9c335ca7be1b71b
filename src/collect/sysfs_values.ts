/** Single values under /sys, where one file holds one value. What can't be read or is not of its form is undefined. */
import type { TextFiles } from "./text_files.ts";

/** What failed in the kernel and shows as a number without a sign lies above. */
const NUMBER_MAX = 2 ** 63;

/** A whole number from 0, such as bytes, milliseconds, or thousandths of a degree. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number < NUMBER_MAX ? number : undefined;
}

/** The text of a file that is read again and again, without the line's end. */
export function rereadLine(files: TextFiles, path: string): string | undefined {
  const text = files.reread(path);
  return text.kind === "present" ? text.value.trim() : undefined;
}

/** The text of a file that is read now and then. */
export function readLine(files: TextFiles, path: string): string | undefined {
  const text = files.read(path);
  return text.kind === "present" ? text.value.trim() : undefined;
}

/** Names in a folder that match, in order; none where there is no such folder. */
export function namesIn(folder: string, pattern: RegExp): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => pattern.test(name)).sort();
  } catch {
    return [];
  }
}
