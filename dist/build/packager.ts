/**
 * Makes an executable of a bundle: compiled where a base runtime is to be had, else self-extracting. Owner of what the
 * executables for one kind of machine share: whether there is a base runtime, and the packed runtime when there is none.
 */
import { ALWAYS, type Artefact, SMALL_FOOTPRINT } from "./artefact.ts";
import type { Program } from "./bundle.ts";
import { compile } from "./compile.ts";
import { packPayload, type Payload } from "./payload.ts";
import type { Progress } from "./progress.ts";
import { writeSelfExtracting } from "./self_extracting.ts";

/** Settings of a {@link Packager}. */
export interface PackagerOptions {
  readonly version: string;
  /** Whether to make self-extracting executables without trying to compile. */
  readonly isSelfExtracting: boolean;
  /** A folder of its own for what it makes on the way. */
  readonly folder: string;
  /** What `deno compile` calls the machine; when absent, it is this one. */
  readonly target?: string;
  /** Finds the runtime that self-extracting executables bring along. */
  readonly findRuntime: () => Promise<string>;
  readonly progress: Progress;
}

/** How an executable is made. */
export type PackageKind = "compiled" | "self-extracting";

/** Makes executables. */
export class Packager {
  readonly #options: PackagerOptions;
  #isSelfExtracting: boolean;
  #runtime: Payload | undefined;

  constructor(options: PackagerOptions) {
    this.#options = options;
    this.#isSelfExtracting = options.isSelfExtracting;
  }

  /** Makes the executable `file` of a bundled program. */
  async make(
    artefact: Artefact,
    program: Program,
    file: string,
  ): Promise<PackageKind> {
    const { version, progress, target } = this.#options;
    const { permissions, smallFor } = artefact;
    if (!this.#isSelfExtracting) {
      progress.step(`${artefact.file}: compiling`);
      const flags = smallFor === ALWAYS
        ? [...permissions, ...SMALL_FOOTPRINT]
        : permissions;
      const compiled = await compile(program.entry, flags, file, target);
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
    const { progress, folder, findRuntime } = this.#options;
    const title = "Packing the runtime";
    return await packPayload(
      await findRuntime(),
      `${folder}/runtime.gz`,
      (done) => progress.part(title, done),
    );
  }
}
