/** README and guides as a release has them: their links lead to what lies beside them there. */
import { posix } from "node:path";
import { type ReleaseFile, textFile } from "./release_file.ts";

/** Where files and folders of the repository are in a release; folders end with a slash. */
export type Places = Readonly<Record<string, string>>;

/** Links, and code, in which nothing is one. */
const LINK = /```[^]*?```|!?\[((?:[^[\]]|\[[^[\]]*\])*)\]\(([^()\s]+)\)/g;

/** The guides where `places` says they are, from their paths in the repository. */
export function guidesAt(
  guides: readonly ReleaseFile[],
  places: Places,
): ReleaseFile[] {
  return guides.flatMap(({ path, content }) => {
    const place = placeOf(path, places);
    const text = new TextDecoder().decode(content);
    return place === undefined
      ? []
      : [textFile(place, relinked(text, path, place, places))];
  });
}

/** The text at its place. A link to what no release has becomes its words. */
function relinked(
  text: string,
  from: string,
  place: string,
  places: Places,
): string {
  return text.replace(LINK, (all, words?: string, link?: string) => {
    if (words === undefined || link === undefined) return all;
    if (/^([a-z][a-z0-9+.-]*:|#|\/)/i.test(link)) return all;
    const [path = "", anchor] = link.split("#");
    const target = placeOf(posix.join(posix.dirname(from), path), places);
    if (target === undefined) return words;
    const way = posix.relative(posix.dirname(place), target);
    return `[${words}](${way}${anchor === undefined ? "" : `#${anchor}`})`;
  });
}

function placeOf(path: string, places: Places): string | undefined {
  for (const [from, to] of Object.entries(places)) {
    if (path === from) return to;
    if (from.endsWith("/") && path.startsWith(from)) {
      return to + path.slice(from.length);
    }
  }
  return undefined;
}
