/** Writes what is known at build time into a bundle, in place of the marks that the sources have for it. */
import { BAKED_MARKS } from "../../src/cli/baked.ts";
import type { Program } from "./bundle.ts";
import type { SourceFacts } from "./source_facts.ts";

/** The program with its marks filled, on the disk too, where it is compiled from; one that has none stays as it is. */
export function bake(program: Program, facts: SourceFacts): Program {
  const { commit, epochSeconds } = facts;
  const builtAt = new Date(epochSeconds * 1000).toISOString();
  const values = [
    [BAKED_MARKS.commit, commit],
    [BAKED_MARKS.builtAt, epochSeconds === 0 ? "unknown" : builtAt],
  ] as const;
  const modules = program.modules.map(({ name, content }) => {
    const text = new TextDecoder().decode(content);
    if (!values.some(([mark]) => text.includes(mark))) return { name, content };
    const filled = values.reduce(
      (filled, [mark, value]) =>
        filled.replaceAll(mark, value.padEnd(mark.length)),
      text,
    );
    const baked = new TextEncoder().encode(filled);
    Deno.writeFileSync(program.entry.replace(/[^/]*$/, name), baked);
    return { name, content: baked };
  });
  return { entry: program.entry, modules };
}
