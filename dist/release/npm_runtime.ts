/**
 * Gets the runtime of another kind of machine from npm, where Deno is published too. Owner of the cache folder, which
 * holds one checked package per machine and version.
 */
import { createHash } from "node:crypto";
import { runTool } from "./run_tool.ts";
import type { Target } from "./target.ts";

/** The runtime, or why there is none. */
export type NpmRuntime =
  | {
    readonly kind: "found";
    readonly path: string;
    readonly version: string;
  }
  | { readonly kind: "absent"; readonly reason: string };

/** Fetches the runtime `version` for the target, or the newest one before it of the same minor version. */
export async function npmRuntime(
  target: Target,
  version: string,
  folder: string,
  cache: string,
): Promise<NpmRuntime> {
  const name = target.runtimePackage;
  const listed = await npm(["view", name, "versions", "--json"]);
  if (listed.kind === "absent") return listed;
  const versions: unknown = JSON.parse(listed.stdout);
  const chosen = nearestVersion([versions].flat().map(String), version);
  if (chosen === undefined) {
    return {
      kind: "absent",
      reason: `npm has no "${name}" for Deno ${version}`,
    };
  }
  const spec = `${name}@${chosen}`;
  const wanted = await npm(["view", spec, "dist.integrity"]);
  if (wanted.kind === "absent") return wanted;
  const file = `${cache}/${spec.replaceAll(/[@/]/g, "-").slice(1)}.tgz`;
  if (!isIntact(file, wanted.stdout)) {
    await Deno.mkdir(cache, { recursive: true });
    const fetched = await npm(["pack", spec, "--silent"], folder);
    if (fetched.kind === "absent") return fetched;
    const made = `${folder}/${fetched.stdout.split("\n").at(-1)}`;
    if (!isIntact(made, wanted.stdout)) {
      throw new Error(
        `Cannot use "${spec}": what npm fetched is not what ${wanted.stdout} stands for`,
      );
    }
    await Deno.copyFile(made, file);
    await Deno.remove(made);
  }
  const unpacked = await runTool("tar", ["-xzf", file, "-C", folder]);
  if (unpacked.kind !== "ok") {
    throw new Error(`Cannot unpack "${file}" with tar: ${unpacked.kind}`);
  }
  return { kind: "found", path: `${folder}/package/deno`, version: chosen };
}

/** The version, or the newest one before it that differs in the last number only. */
export function nearestVersion(
  versions: readonly string[],
  wanted: string,
): string | undefined {
  const minor = wanted.replace(/\d+$/, "");
  const last = (version: string) => Number(version.slice(minor.length));
  return versions
    .filter((version) =>
      version.startsWith(minor) && last(version) <= last(wanted)
    )
    .toSorted((a, b) => last(b) - last(a))[0];
}

/** Whether the file is there and has this hash (https://www.w3.org/TR/SRI/). */
function isIntact(file: string, integrity: string): boolean {
  try {
    const digest = createHash("sha512").update(Deno.readFileSync(file))
      .digest("base64");
    return integrity === `sha512-${digest}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function npm(
  args: readonly string[],
  folder?: string,
): Promise<
  | { readonly kind: "ok"; readonly stdout: string }
  | { readonly kind: "absent"; readonly reason: string }
> {
  const ran = await runTool(
    "npm",
    args,
    folder === undefined ? {} : { cwd: folder },
  );
  switch (ran.kind) {
    case "ok":
      return ran;
    case "absent":
      return { kind: "absent", reason: "npm is not on this machine" };
    case "failed": {
      const why = ran.stderr.split("\n").findLast((line) => /code/.test(line));
      return {
        kind: "absent",
        reason: `npm ${args[0]} ${args[1]} failed (${why ?? "no code"})`,
      };
    }
  }
}
