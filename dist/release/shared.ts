/** What the files for all kinds of machines share: the programs, and what goes along with them. */
import { type Artefact, artefactsFor } from "../build/artefact.ts";
import { bake } from "../build/bake.ts";
import { bundle, type Program } from "../build/bundle.ts";
import type { Progress } from "../build/progress.ts";
import { type SourceFacts, sourceFacts } from "../build/source_facts.ts";
import { type Accompanying, accompanying } from "./accompanying.ts";
import { type Materials, materials } from "./materials.ts";

/** What they share. */
export interface Shared {
  readonly source: SourceFacts;
  /** Programs by their roles. */
  readonly programs: ReadonlyMap<string, Program>;
  readonly accompanying: Accompanying;
  readonly materials: Materials;
}

/** Bundles and collects it, from the repository at `root` into folders below `folder`. */
export async function collectShared(
  root: string,
  folder: string,
  progress: Progress,
): Promise<Shared> {
  const source = await sourceFacts(root);
  const programs = new Map<string, Program>();
  for (const { role, entry } of artefactsFor(Deno.build.arch)) {
    progress.step(`Bundling ${role}`);
    const into = `${folder}/program-${role}`;
    await Deno.mkdir(into);
    const program = await bundle(root, `${root}/${entry}`, into);
    programs.set(role, bake(program, source));
  }
  progress.step("Collecting what goes along");
  const scratch = `${folder}/manuals`;
  await Deno.mkdir(scratch);
  return {
    source,
    programs,
    accompanying: await accompanying(root, scratch),
    materials: await materials(root),
  };
}

/** The program of an executable. */
export function programOf(
  { role }: Artefact,
  { programs }: Shared,
): Program {
  const program = programs.get(role);
  if (program !== undefined) return program;
  throw new Error(`Cannot package "${role}": it was not bundled`);
}
