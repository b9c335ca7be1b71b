/**
 * Builds executables one after the other. Owner of the working folder, which is removed with it.
 */
import type { Artefact } from "./artefact.ts";
import { bake } from "./bake.ts";
import { bundle } from "./bundle.ts";
import { findRuntime } from "./find_runtime.ts";
import { type PackageKind, Packager } from "./packager.ts";
import type { Progress } from "./progress.ts";
import { proveItRuns } from "./prove_it_runs.ts";
import type { SourceFacts } from "./source_facts.ts";

/** Settings of a {@link Builder}. */
export interface BuilderOptions {
  /** The repository, absolute. */
  readonly root: string;
  /** Where executables go. */
  readonly out: string;
  readonly version: string;
  readonly source: SourceFacts;
  /** Whether to make self-extracting executables without trying to compile. */
  readonly isSelfExtracting: boolean;
  readonly progress: Progress;
}

/** What was built. */
export interface Built {
  readonly file: string;
  readonly kind: PackageKind;
  readonly bytes: number;
  readonly bundleBytes: number;
}

/** Builds executables. */
export class Builder implements AsyncDisposable {
  readonly #options: BuilderOptions;
  readonly #folder: string;
  readonly #packager: Packager;

  private constructor(options: BuilderOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#packager = new Packager({ ...options, folder, findRuntime });
  }

  /** A builder with a working folder beside the executables, so that a finished one only needs renaming. */
  static async open(options: BuilderOptions): Promise<Builder> {
    const parent = `${await absolute(options.out)}/.build`;
    await Deno.mkdir(parent, { recursive: true });
    return new Builder(options, await Deno.makeTempDir({ dir: parent }));
  }

  /** Builds one executable, proves that it runs, and puts it into place. */
  async build(artefact: Artefact): Promise<Built> {
    const { root, out, version, source, progress } = this.#options;
    const folder = `${this.#folder}/${artefact.file}`;
    await Deno.mkdir(folder);

    progress.step(`${artefact.file}: bundling`);
    const entry = `${root}/${artefact.entry}`;
    const program = bake(await bundle(root, entry, folder), source);
    const unproven = `${folder}.new`;
    const kind = await this.#packager.make(artefact, program, unproven);
    progress.step(`${artefact.file}: trying it`);
    await proveItRuns(unproven, version, `${this.#folder}/cache`);

    const file = `${out}/${artefact.file}`;
    await Deno.rename(unproven, file);
    const bundleBytes = program.modules.reduce(
      (sum, { content }) => sum + content.length,
      0,
    );
    return { file, kind, bytes: (await Deno.stat(file)).size, bundleBytes };
  }

  /** Removes the working folder, and the folder of working folders when no other build runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
    await Deno.remove(this.#folder.slice(0, this.#folder.lastIndexOf("/")))
      .catch(() => {});
  }
}

/** The bundler runs in another folder, so that a path relative to ours would mean something else there. */
async function absolute(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  return await Deno.realPath(folder);
}
