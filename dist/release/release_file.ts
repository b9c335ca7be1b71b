/** Files of a release as values: where they go, and what is in them. */

/** A file on its way into an archive or a package. */
export interface ReleaseFile {
  /** Where it goes, relative to the root of the archive or the package. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** A file of text that everybody may read. */
export function textFile(path: string, text: string): ReleaseFile {
  return { path, content: new TextEncoder().encode(text), mode: 0o644 };
}

/** A file of the disk that everybody may read, or run. */
export function diskFile(
  path: string,
  from: string,
  mode = 0o644,
): ReleaseFile {
  return { path, content: Deno.readFileSync(from), mode };
}

/** The files below `from`, under `path`; none where the folder is not there. In the order of their names. */
export function diskFolder(path: string, from: string): ReleaseFile[] {
  const entries = [...entriesOf(from)].toSorted((a, b) =>
    a.name < b.name ? -1 : 1
  );
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory
      ? diskFolder(`${path}/${name}`, `${from}/${name}`)
      : [diskFile(`${path}/${name}`, `${from}/${name}`)]
  );
}

function entriesOf(folder: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
