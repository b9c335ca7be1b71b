/** Replaces the file in one step, so that no reader sees half of it. */
export function replaceFile(path: string, content: string): void {
  Deno.writeTextFileSync(`${path}.new`, content);
  Deno.renameSync(`${path}.new`, path);
}
