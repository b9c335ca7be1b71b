/**
 * Makes the files of a release, one kind of machine after the other. Owner of the working folder, which is removed with
 * it, and of what all kinds share: the bundles and what goes along with them. Files appear in the output folder whole.
 */
import { createHash } from "node:crypto";
import { type Artefact, artefactsFor } from "../build/artefact.ts";
import type { Program } from "../build/bundle.ts";
import { Packager } from "../build/packager.ts";
import { proveItRuns } from "../build/prove_it_runs.ts";
import type { Progress } from "../build/progress.ts";
import { writeDebianPackage } from "./debian_package.ts";
import { proveItRunsElsewhere } from "./prove_it_runs_elsewhere.ts";
import { type Runtime, runtimeFor } from "./runtime_for.ts";
import { sbom } from "./sbom.ts";
import { collectShared, programOf, type Shared } from "./shared.ts";
import { tarball, tarballFiles } from "./tarball.ts";
import { isNative, type Target } from "./target.ts";

/** Settings of a {@link ReleaseMaker}. */
export interface ReleaseOptions {
  /** The repository, absolute. */
  readonly root: string;
  readonly out: string;
  readonly version: string;
  readonly hasDebian: boolean;
  readonly isSelfExtracting: boolean;
  readonly progress: Progress;
}

/** What the release came to. */
export interface Release {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What whoever made it has to know. */
  readonly notes: readonly string[];
}

/** Makes a release. */
export class ReleaseMaker implements AsyncDisposable {
  readonly #options: ReleaseOptions;
  readonly #folder: string;
  readonly #notes: string[] = [];
  readonly #names: string[] = [];
  /** Names of the kinds of machines that nothing could be made for. */
  readonly missing: string[] = [];
  #shared: Shared | undefined;

  private constructor(options: ReleaseOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
  }

  /** A maker with a working folder beside the output, so that a finished file only needs renaming. */
  static async open(options: ReleaseOptions): Promise<ReleaseMaker> {
    await Deno.mkdir(options.out, { recursive: true });
    const out = await Deno.realPath(options.out);
    const folder = await Deno.makeTempDir({ dir: out, prefix: ".making-" });
    return new ReleaseMaker({ ...options, out }, folder);
  }

  /** Makes everything for one kind of machine. */
  async make(target: Target): Promise<void> {
    const { version, progress } = this.#options;
    const shared = this.#shared ??= await this.#share();
    const folder = `${this.#folder}/${target.name}`;
    await Deno.mkdir(folder);
    const runtime = await this.#runtime(target, folder);
    if (runtime === undefined) return;

    const packager = new Packager({
      ...this.#options,
      folder,
      findRuntime: () => Promise.resolve(runtime.path),
      ...(isNative(target) ? {} : { target: target.triple }),
    });
    const programs = artefactsFor(target.deno).map((artefact) =>
      [artefact, programOf(artefact, shared)] as const
    );
    for (const [artefact, program] of programs) {
      progress.step(`${artefact.file} for ${target.name}`);
      const unproven = `${folder}/${artefact.file}`;
      await packager.make(artefact, program, unproven);
      if (isNative(target)) {
        await proveItRuns(unproven, this.#saidVersion, `${folder}/cache`);
      }
    }
    const [first] = programs;
    if (!isNative(target) && first !== undefined) {
      await this.#proveElsewhere(target, runtime, first);
    }
    const bill = this.#billOf(target, runtime, shared);
    await this.#put(`opsen-${version}-linux-${target.name}.cdx.json`, bill);
    await this.#archive(target, `${folder}/opsen`, bill, shared);
    await this.#debian(target, runtime, programs, bill, shared);
    for (const [{ file }] of programs) {
      const name = `${file}-${version}-linux-${target.name}`;
      await Deno.rename(`${folder}/${file}`, `${this.#options.out}/${name}`);
      this.#names.push(name);
    }
    await Deno.remove(folder, { recursive: true });
  }

  /** Adds what is the same for all machines, and the sums of everything. */
  async finish(): Promise<Release> {
    const { out } = this.#options;
    const { accompanying: { container } } = this.#shared ??= await this
      .#share();
    for (const { path, content } of container) {
      await this.#put(path.replace(/^.*\//, ""), content);
    }
    const files = this.#names.toSorted().map((name) => {
      const content = Deno.readFileSync(`${out}/${name}`);
      const sum = createHash("sha256").update(content).digest("hex");
      return { name, sum, bytes: content.length };
    });
    const sums = files.map(({ name, sum }) => `${sum}  ${name}\n`).join("");
    await Deno.writeTextFile(`${out}/SHA256SUMS`, sums);
    return { files, notes: this.#notes };
  }

  /** Removes the working folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** The version that an executable says it has: that of deno.json, also where the release is called otherwise. */
  get #saidVersion(): string {
    const { root } = this.#options;
    return JSON.parse(Deno.readTextFileSync(`${root}/deno.json`)).version;
  }

  async #share(): Promise<Shared> {
    const { root, progress } = this.#options;
    const shared = await collectShared(root, this.#folder, progress);
    if (shared.source.commit.endsWith("-dirty")) {
      this.#notes.push("Files differ from the commit; the version says so");
    }
    return shared;
  }

  async #runtime(target: Target, folder: string): Promise<Runtime | undefined> {
    this.#options.progress.step(`Deno for ${target.name}`);
    const found = await runtimeFor(target, folder);
    if (found.kind === "absent") {
      this.missing.push(target.name);
      this.#notes.push(
        `Nothing was made for ${target.name}: there is no Deno for it, ${found.reason}`,
      );
      return undefined;
    }
    if (found.version !== Deno.version.deno) {
      this.#notes.push(
        `npm has no Deno ${Deno.version.deno} for ${target.name}, so ${found.version} runs there`,
      );
    }
    return found;
  }

  async #proveElsewhere(
    target: Target,
    runtime: Runtime,
    program: readonly [Artefact, Program],
  ): Promise<void> {
    const proof = await proveItRunsElsewhere(
      target,
      runtime.path,
      program,
      this.#saidVersion,
    );
    this.#notes.push(
      proof.kind === "ran"
        ? `The program for ${target.name} ran under ${proof.emulator}`
        : `The program for ${target.name} was not run: ${proof.reason}`,
    );
  }

  #billOf(target: Target, runtime: Runtime, shared: Shared): string {
    return sbom({
      ...shared.materials,
      version: this.#options.version,
      epochSeconds: shared.source.epochSeconds,
      runtime: {
        version: runtime.version,
        arch: target.deno,
        sha256: createHash("sha256").update(Deno.readFileSync(runtime.path))
          .digest("hex"),
      },
    });
  }

  async #archive(
    target: Target,
    executable: string,
    bill: string,
    { source, accompanying, materials }: Shared,
  ): Promise<void> {
    const { root, version } = this.#options;
    const folder = `opsen-${version}-linux-${target.name}`;
    const licences = materials.licenceTexts;
    const parts = { root, executable, accompanying, sbom: bill, licences };
    const files = tarballFiles(parts);
    const content = tarball(folder, files, source.epochSeconds);
    await this.#put(`${folder}.tar.gz`, content);
  }

  async #debian(
    target: Target,
    runtime: Runtime,
    programs: readonly (readonly [Artefact, Program])[],
    bill: string,
    { source, accompanying, materials }: Shared,
  ): Promise<void> {
    const { root, version, hasDebian, out, progress } = this.#options;
    if (!hasDebian) return;
    progress.step(`Debian package for ${target.name}`);
    const folder = `${this.#folder}/${target.name}-debian`;
    const name = `opsen_${version}_${target.debian}.deb`;
    const ran = await writeDebianPackage(
      {
        ...{ root, version, target, programs, accompanying, sbom: bill },
        epochSeconds: source.epochSeconds,
        runtime: runtime.path,
        licences: materials.licenceTexts,
      },
      folder,
      `${folder}.deb`,
    );
    if (ran.kind === "failed") {
      throw new Error(`Cannot make "${name}": ${ran.stderr}`);
    }
    if (ran.kind === "absent") {
      this.#notes.push(`"${name}" was not made: there is no dpkg-deb here`);
      return;
    }
    await Deno.rename(`${folder}.deb`, `${out}/${name}`);
    await Deno.remove(folder, { recursive: true });
    this.#names.push(name);
  }

  async #put(name: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(`${this.#folder}/.new`, bytes);
    await Deno.rename(`${this.#folder}/.new`, `${this.#options.out}/${name}`);
    this.#names.push(name);
  }
}
