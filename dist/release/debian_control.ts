/** What dpkg is told of the package (Debian Policy, chapters 5 and 6). */
import { createHash } from "node:crypto";
import { diskFile, type ReleaseFile, textFile } from "./release_file.ts";
import type { Target } from "./target.ts";

/** What it depends on. */
export interface ControlParts {
  readonly root: string;
  readonly version: string;
  readonly target: Target;
}

/** Scripts of the maintainer, as they are in `dist/debian/`. */
const SCRIPTS = ["postinst", "prerm", "postrm"];

/** Files of the folder DEBIAN for a package with these files. */
export function controlFiles(
  { root, version, target }: ControlParts,
  files: readonly ReleaseFile[],
): readonly ReleaseFile[] {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const configs = files.filter(({ path }) => path.startsWith("etc/"));
  const sums = files.filter((file) => !configs.includes(file))
    .map(({ path, content }) =>
      `${createHash("md5").update(content).digest("hex")}  ${path}\n`
    );
  return [
    textFile("control", controlText(version, target, bytes)),
    textFile("conffiles", configs.map(({ path }) => `/${path}\n`).join("")),
    textFile("md5sums", sums.join("")),
    ...SCRIPTS.map((name) =>
      diskFile(name, `${root}/dist/debian/${name}`, 0o755)
    ),
  ];
}

function controlText(version: string, target: Target, bytes: number): string {
  return `Package: opsen
Version: ${version}
Architecture: ${target.debian}
Maintainer: Opsen Contributors <maintainers@opsen.invalid>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: init-system-helpers (>= 1.54~), libc6 (>= 2.28), libgcc-s1, passwd
Section: net
Priority: optional
Description: resource-aware load balancer
 Opsen knows how much room each machine really has. A small client on every
 backend measures its cores, memory, disk and GPUs and reports; the server
 answers where a session goes, books what it promises, and can forward the
 requests itself as a streaming reverse proxy.
 .
 The package brings both roles as services. The server listens on this machine
 alone until /etc/opsen/server.yml says otherwise; the client waits for a
 server_url in /etc/opsen/client.yml.
`;
}
