/** The database that the Go server wrote: 3 backends, 6 reports, 3 sticky assignments. */

/** Puts a copy of it at the path. */
export function copyGoDatabase(path: string): void {
  Deno.copyFileSync(
    new URL("../fixtures/go-opsen.db", import.meta.url),
    path,
  );
}
