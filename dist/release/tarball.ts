/** The archive for people without a package: everything in one folder, the same bytes for the same files. */
import { gzipSync } from "node:zlib";
import { tar } from "../build/tar.ts";
import type { Accompanying } from "./accompanying.ts";
import { guidesAt } from "./guides.ts";
import { diskFile, type ReleaseFile, textFile } from "./release_file.ts";

/** What goes into one. */
export interface TarballParts {
  readonly root: string;
  /** Path of the executable. */
  readonly executable: string;
  readonly accompanying: Accompanying;
  readonly sbom: string;
  readonly licences: string;
}

/** Where the archive has what the guides link to. */
export const PLACES = {
  "README.md": "README.md",
  "CHANGELOG.md": "CHANGELOG.md",
  LICENSE: "LICENSE",
  "dist/docs/": "docs/",
  "dist/prometheus/": "observing/prometheus/",
  "dist/grafana/": "observing/grafana/",
  "dist/openapi.json": "observing/openapi.json",
  "dist/container/": "container/",
  "dist/systemd/": "systemd/",
  "dist/config/": "config/",
};

/** Files of the archive, in the order in which they stand there. */
export function tarballFiles(parts: TarballParts): readonly ReleaseFile[] {
  const { root, accompanying } = parts;
  const { bash, zsh, fish, manuals, examples } = accompanying;
  const dist = `${root}/dist`;
  return [
    diskFile("bin/opsen", parts.executable, 0o755),
    ...guidesAt(accompanying.guides, PLACES),
    diskFile("LICENSE", `${root}/LICENSE`),
    textFile("third-party-licences.txt", parts.licences),
    textFile("sbom.cdx.json", parts.sbom),
    ...["server", "client"].flatMap((role) => [
      diskFile(
        `systemd/opsen-${role}.service`,
        `${dist}/systemd/opsen-${role}.service`,
      ),
      diskFile(`config/${role}.yml`, `${dist}/config/${role}.yml`),
    ]),
    textFile("config/examples/server.yml", examples.server),
    textFile("config/examples/client.yml", examples.client),
    ...under("config/schema", accompanying.schemas),
    textFile("completions/opsen.bash", bash),
    textFile("completions/_opsen", zsh),
    textFile("completions/opsen.fish", fish),
    ...under("man", manuals),
    ...under("observing", accompanying.observing),
    ...under("container", accompanying.container),
  ];
}

/** A gzipped archive of the files below one folder, all of them dated `seconds` since 1970. */
export function tarball(
  folder: string,
  files: readonly ReleaseFile[],
  seconds: number,
): Uint8Array {
  const archive = tar(
    files.map(({ path, content, mode }) => ({
      name: `${folder}/${path}`,
      content,
      mode,
    })),
    seconds,
  );
  // The header that node:zlib writes has no time and no name.
  return gzipSync(archive, { level: 6 });
}

/** The same files in a folder. */
export function under(
  folder: string,
  files: readonly ReleaseFile[],
): ReleaseFile[] {
  return files.map((file) => ({
    ...file,
    path: `${folder}/${file.path.replace(/^\.\//, "")}`,
  }));
}
