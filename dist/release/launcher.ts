/** The program `opsen` of an installed package, which needs nothing unpacked: runtime and modules lie in a folder. */
import { ALWAYS, type Artefact, SMALL_FOOTPRINT } from "../build/artefact.ts";
import type { Program } from "../build/bundle.ts";

/** The shell script that starts the program which its own name asks for; `folder` holds the runtime. */
export function launcher(
  version: string,
  programs: readonly (readonly [Artefact, Program])[],
  folder: string,
): string {
  const template = Deno.readTextFileSync(
    new URL("../debian/launcher.sh", import.meta.url),
  );
  // The first program is the one for any name.
  const [any, ...named] = programs.map(([artefact, program]) =>
    [artefact.file, lines(artefact, program, folder)] as const
  );
  const cases = [...named, ["*", any?.[1] ?? ""]].map(([name, body]) =>
    `${name})\n${body}  ;;`
  );
  return template.replace("@VERSION@", version)
    .replace("@CASES@", cases.join("\n"));
}

function lines(
  { role, permissions, smallFor }: Artefact,
  { entry }: Program,
  folder: string,
): string {
  const start = (flags: readonly string[]) =>
    `exec ${folder}/deno run --no-config --no-lock --no-remote --no-npm --no-prompt ${
      flags.map((flag) => `'${flag}'`).join(" ")
    } ${folder}/${role}/${entry.replace(/^.*\//, "")} "$@"\n`;
  const small = start([...SMALL_FOOTPRINT, ...permissions]);
  if (smallFor === ALWAYS) return `  ${small}`;
  return /^[a-z]+$/.test(smallFor)
    ? `  if [ "\${1-}" = ${smallFor} ]; then\n    ${small}  fi\n  ${
      start(permissions)
    }`
    : `  ${start(permissions)}`;
}
