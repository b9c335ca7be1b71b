/**
 * Builds executables one after the other. Owner of the working folder, which is removed with it, and of what the
 * executables share: whether a base runtime is to be had, and the packed runtime when there is none.
 */
import { ALWAYS, type Artefact, SMALL_FOOTPRINT } from "./artefact.ts";
import { bundle, type Program } from "./bundle.ts";
import { compile } from "./compile.ts";
import { findRuntime } from "./find_runtime.ts";
import { packPayload, type Payload } from "./payload.ts";
import type { Progress } from "./progress.ts";
import { proveItRuns } from "./prove_it_runs.ts";
import { writeSelfExtracting } from "./self_extracting.ts";

/** Settings of a {@link Builder}. */
export interface BuilderOptions {
  /** The repository, absolute. */
  readonly root: string;
  /** Where executables go. */
  readonly out: string;
  readonly version: string;
  /** Whether to make self-extracting executables without trying to compile. */
  readonly isSelfExtracting: boolean;
  readonly progress: Progress;
}

/** What was built. */
export interface Built {
  readonly file: string;
  readonly kind: "compiled" | "self-extracting";
  readonly bytes: number;
  readonly bundleBytes: number;
}

/** Builds executables. */
export class Builder implements AsyncDisposable {
  readonly #options: BuilderOptions;
  readonly #folder: string;
  #isSelfExtracting: boolean;
  #runtime: Payload | undefined;

  private constructor(options: BuilderOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#isSelfExtracting = options.isSelfExtracting;
  }

  /** A builder with a working folder beside the executables, so that a finished one only needs renaming. */
  static async open(options: BuilderOptions): Promise<Builder> {
    const parent = `${await absolute(options.out)}/.build`;
    await Deno.mkdir(parent, { recursive: true });
    return new Builder(options, await Deno.makeTempDir({ dir: parent }));
  }

  /** Builds one executable, proves that it runs, and puts it into place. */
  async build(artefact: Artefact): Promise<Built> {
    const { root, out, version, progress } = this.#options;
    const folder = `${this.#folder}/${artefact.file}`;
    await Deno.mkdir(folder);

    progress.step(`${artefact.file}: bundling`);
    const program = await bundle(root, `${root}/${artefact.entry}`, folder);
    const unproven = `${folder}.new`;
    const kind = await this.#package(artefact, program, unproven);
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

  async #package(
    artefact: Artefact,
    program: Program,
    file: string,
  ): Promise<Built["kind"]> {
    const { version, progress } = this.#options;
    const { permissions, smallFor } = artefact;
    if (!this.#isSelfExtracting) {
      progress.step(`${artefact.file}: compiling`);
      const flags = smallFor === ALWAYS
        ? [...permissions, ...SMALL_FOOTPRINT]
        : permissions;
      const compiled = await compile(program.entry, flags, file);
      switch (compiled.kind) {
        case "compiled":
          return "compiled";
        case "no_base_runtime":
          this.#isSelfExtracting = true;
          progress.step(
            "The base runtime of deno compile can't be downloaded here (DENORT_BIN may name one), so self-extracting " +
              "executables are built instead",
          );
      }
    }
    const runtime = this.#runtime ??= await this.#packRuntime();
    await writeSelfExtracting(
      { version, permissions, smallFor, runtime, program },
      file,
    );
    return "self-extracting";
  }

  async #packRuntime(): Promise<Payload> {
    const { progress } = this.#options;
    const title = "Packing the runtime";
    return await packPayload(
      await findRuntime(),
      `${this.#folder}/runtime.gz`,
      (done) => progress.part(title, done),
    );
  }
}

/** The bundler runs in another folder, so that a path relative to ours would mean something else there. */
async function absolute(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  return await Deno.realPath(folder);
}
