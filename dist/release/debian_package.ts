/** The Debian package: what goes where, what is said of it, and the call of dpkg-deb. */
import { gzipSync } from "node:zlib";
import type { Artefact } from "../build/artefact.ts";
import type { Program } from "../build/bundle.ts";
import type { Accompanying } from "./accompanying.ts";
import { controlFiles } from "./debian_control.ts";
import { guidesAt } from "./guides.ts";
import { launcher } from "./launcher.ts";
import { diskFile, type ReleaseFile, textFile } from "./release_file.ts";
import { type Ran, runTool } from "./run_tool.ts";
import { under } from "./tarball.ts";
import type { Target } from "./target.ts";

/** Where the runtime and the programs lie. */
const LIBRARY = "usr/lib/opsen";
const DOC = "usr/share/doc/opsen";
/** Files that an administrator edits; they may come to hold keys. */
const CONFIG_MODE = 0o640;

/** Where the package has what the guides link to; the change log is compressed there. */
export const PLACES = {
  "README.md": `${DOC}/README.md`,
  "CHANGELOG.md": `${DOC}/CHANGELOG.md.gz`,
  "dist/docs/": `${DOC}/docs/`,
  "dist/prometheus/": "usr/share/opsen/prometheus/",
  "dist/grafana/": "usr/share/opsen/grafana/",
  "dist/openapi.json": "usr/share/opsen/openapi.json",
  "dist/systemd/": "usr/lib/systemd/system/",
};

/** What goes into one. */
export interface DebianParts {
  readonly root: string;
  readonly version: string;
  readonly epochSeconds: number;
  readonly target: Target;
  /** Path of the runtime. */
  readonly runtime: string;
  readonly programs: readonly (readonly [Artefact, Program])[];
  readonly accompanying: Accompanying;
  readonly sbom: string;
  readonly licences: string;
}

/** Writes the package to `file`; `folder` is an empty one to stage it in. */
export async function writeDebianPackage(
  parts: DebianParts,
  folder: string,
  file: string,
): Promise<Ran> {
  const files = packageFiles(parts);
  await stage(folder, [
    ...files,
    ...under("DEBIAN", controlFiles(parts, files)),
  ]);
  for (const { role } of parts.programs.map(([artefact]) => artefact)) {
    if (role === "opsen") continue;
    await Deno.symlink("opsen", `${folder}/usr/bin/opsen-${role}`);
  }
  // The mask of who builds must not reach the folders, but for the one that may hold keys.
  await setModes(folder);
  await Deno.chmod(`${folder}/etc/opsen`, 0o750);
  return await runTool("dpkg-deb", [
    "--root-owner-group",
    "-Zxz",
    // One thread: where the compressor parts its work shows in the bytes.
    "--threads-max=1",
    "--build",
    folder,
    file,
  ], { env: { SOURCE_DATE_EPOCH: `${parts.epochSeconds}` } });
}

/** All files but the links. */
export function packageFiles(parts: DebianParts): readonly ReleaseFile[] {
  const { root, version, programs, accompanying } = parts;
  const { bash, zsh, fish, manuals, examples } = accompanying;
  const dist = `${root}/dist`;
  const roles = ["server", "client"] as const;
  const config = `${dist}/config`;
  return [
    {
      ...textFile("usr/bin/opsen", launcher(version, programs, `/${LIBRARY}`)),
      mode: 0o755,
    },
    diskFile(`${LIBRARY}/deno`, parts.runtime, 0o755),
    ...programs.flatMap(([{ role }, { modules }]) =>
      modules.map(({ name, content }) => ({
        path: `${LIBRARY}/${role}/${name}`,
        content,
        mode: 0o644,
      }))
    ),
    ...roles.flatMap((role) => [
      textFile(
        `usr/lib/systemd/system/opsen-${role}.service`,
        packagedUnit(
          Deno.readTextFileSync(`${dist}/systemd/opsen-${role}.service`),
        ),
      ),
      diskFile(
        `etc/opsen/${role}.yml`,
        `${config}/${role}.yml`,
        CONFIG_MODE,
      ),
      textFile(`${DOC}/examples/${role}.yml`, examples[role]),
    ]),
    diskFile("usr/lib/sysusers.d/opsen.conf", `${dist}/debian/opsen.sysusers`),
    textFile("usr/share/bash-completion/completions/opsen", bash),
    textFile("usr/share/zsh/vendor-completions/_opsen", zsh),
    textFile("usr/share/fish/vendor_completions.d/opsen.fish", fish),
    ...under("usr/share/man", manuals).map(gzipped),
    ...under("usr/share/opsen/schema", accompanying.schemas),
    ...under("usr/share/opsen", accompanying.observing),
    ...guidesAt(accompanying.guides, PLACES)
      .map((file) => file.path.endsWith(".gz") ? compressed(file) : file),
    diskFile(`${DOC}/copyright`, `${dist}/debian/copyright`),
    gzipped(textFile(`${DOC}/changelog`, changelog(parts))),
    textFile(`${DOC}/third-party-licences.txt`, parts.licences),
    textFile(`${DOC}/sbom.cdx.json`, parts.sbom),
    diskFile(
      "usr/share/lintian/overrides/opsen",
      `${dist}/debian/lintian-overrides`,
    ),
  ];
}

/** The unit with the executables where a package puts them. */
function packagedUnit(unit: string): string {
  return unit.replaceAll("/usr/local/bin/", "/usr/bin/")
    .replace(/^# By hand: .*\n(#.+\n)*(?=#\n)/m, "");
}

/** The package's own change log; what changed in the program is in CHANGELOG.md. */
function changelog({ version, epochSeconds }: DebianParts): string {
  const date = new Date(epochSeconds * 1000).toUTCString().replace(
    "GMT",
    "+0000",
  );
  return `opsen (${version}) unstable; urgency=medium

  * Version ${version}, see CHANGELOG.md.

 -- Opsen Contributors <maintainers@opsen.invalid>  ${date}
`;
}

function gzipped(file: ReleaseFile): ReleaseFile {
  return { ...compressed(file), path: `${file.path}.gz` };
}

function compressed(file: ReleaseFile): ReleaseFile {
  return { ...file, content: gzipSync(file.content, { level: 9 }) };
}

async function stage(
  folder: string,
  files: readonly ReleaseFile[],
): Promise<void> {
  for (const { path, content, mode } of files) {
    const to = `${folder}/${path}`;
    await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(to, content);
    await Deno.chmod(to, mode);
  }
}

async function setModes(folder: string): Promise<void> {
  await Deno.chmod(folder, 0o755);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await setModes(`${folder}/${name}`);
  }
}
