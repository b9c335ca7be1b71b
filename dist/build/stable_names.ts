/**
 * Names the modules of a bundle after what is in them. The bundler's own names come from the source maps too, in which
 * the way from the folder to the sources and to the cache stands, so that each machine would make other bytes.
 */
import { createHash } from "node:crypto";

/** How the bundler ends the name of a module that it made. */
const HASH = /-[A-Z0-9]{8}(?=\.js$)/;
/** The same wherever a module names another. */
const NAMED = /[\w.-]+-[A-Z0-9]{8}\.js/g;
/** As long as the bundler's, so that nothing behind a name moves. */
const HASH_CHARS = 8;

/** Renames the modules in the folder, with their source maps. */
export function stableNames(folder: string): void {
  const modules = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".js"))
    .map((name) => ({
      name,
      text: Deno.readTextFileSync(`${folder}/${name}`),
    }));
  const names = namesOf(modules.filter(({ name }) => HASH.test(name)));
  for (const { name, text } of modules) {
    const renamed = names.get(name) ?? name;
    Deno.removeSync(`${folder}/${name}`);
    Deno.writeTextFileSync(
      `${folder}/${renamed}`,
      text.replaceAll(NAMED, (other) => names.get(other) ?? other),
    );
    Deno.renameSync(`${folder}/${name}.map`, `${folder}/${renamed}.map`);
  }
}

/** The new name of each; two modules that differ only in which others they name are told apart by these. */
function namesOf(
  modules: readonly { readonly name: string; readonly text: string }[],
): ReadonlyMap<string, string> {
  let names = new Map(
    modules.map(({ name }) => [name, name.replace(HASH, "")]),
  );
  // Each round looks one module further; two are enough for re-exports of what differs itself.
  for (let round = 0; round < 2; round++) {
    names = new Map(modules.map(({ name, text }) => {
      const seen = text.replaceAll(NAMED, (other) => names.get(other) ?? other);
      return [name, name.replace(HASH, `-${hashOf(seen)}`)];
    }));
  }
  if (new Set(names.values()).size === names.size) return names;
  throw new Error("Cannot name the modules of a bundle: two are the same");
}

function hashOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return hex.slice(0, HASH_CHARS).toUpperCase();
}
