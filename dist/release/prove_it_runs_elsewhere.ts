/** Proves that what is made for another kind of machine runs, where an emulator of it is installed. */
import type { Artefact } from "../build/artefact.ts";
import type { Program } from "../build/bundle.ts";
import { runTool } from "./run_tool.ts";
import type { Target } from "./target.ts";

/** What came of it. */
export type Proof =
  | { readonly kind: "ran"; readonly emulator: string }
  /** Nothing here can run it. */
  | { readonly kind: "not_run"; readonly reason: string };

/** Runs the bundle with its runtime and permissions under an emulator, asking for the version. */
export async function proveItRunsElsewhere(
  target: Target,
  runtime: string,
  [{ permissions, file }, { entry }]: readonly [Artefact, Program],
  version: string,
): Promise<Proof> {
  for (const emulator of target.emulators) {
    const run = [
      "run",
      ...["--no-config", "--no-lock", "--no-remote", "--no-npm"],
      ...permissions,
      entry,
      "--version",
    ];
    const ran = await runTool(emulator, [
      ...["-L", target.libraries],
      ...[runtime, ...run],
    ]);
    if (ran.kind === "absent") continue;
    if (ran.kind === "ok" && ran.stdout.includes(version)) {
      return { kind: "ran", emulator };
    }
    const found = ran.kind === "ok" ? ran.stdout : ran.stderr;
    if (/could not open|no such file/i.test(found)) {
      const reason = `"${target.libraries}" has no C library for ${emulator}`;
      return { kind: "not_run", reason };
    }
    throw new Error(
      `Cannot prove that ${file} for ${target.name} runs: wanted version "${version}", found "${found}"`,
    );
  }
  return { kind: "not_run", reason: `no ${target.emulators[0]} here` };
}
