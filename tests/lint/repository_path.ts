/** Where a linted file stands in the repository; the linter hands out absolute names. */

/** The path relative to the repository's root with forward slashes, or undefined for a file outside of it. */
export function repositoryPath(filename: string): string | undefined {
  const name = filename.replaceAll("\\", "/");
  const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
  if (name.startsWith(root)) return name.slice(root.length);
  return name.startsWith("/") ? undefined : name.replace(/^\.\//, "");
}

/** Whether the path is part of what ships: the sources and the entry point, not tests or build scripts. */
export function isShipped(path: string | undefined): path is string {
  return path !== undefined &&
    (path.startsWith("src/") || path.startsWith("ffi/") || path === "main.ts");
}
