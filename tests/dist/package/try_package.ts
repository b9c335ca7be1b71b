/**
 * The Debian package in a clean Debian, first in one whose services don't start, then in one that systemd runs:
 * `deno task dist:test`. Needs root and debootstrap, and ends with 77 where they are not there; clean Debians are kept in
 * the cache, everything else is removed.
 *
 * With `--deb FILE` it tries that package instead of making one.
 */
import { parseArgs } from "node:util";
import { main as makeRelease } from "../../../dist/release.ts";
import { outputOf } from "../../../dist/release/run_tool.ts";
import { TARGETS } from "../../../dist/release/target.ts";
import { missingTools } from "../../tools.ts";
import { BOOT_PACKAGES, BOOT_TOOLS, BootedDebian } from "./booted_debian.ts";
import { BOOTED_LIFE } from "./booted_life.ts";
import { CleanDebian } from "./clean_debian.ts";
import { LIFE, type Packages } from "./life.ts";

/** Says that nothing was tried, as automake's tests do. */
const EXIT_SKIPPED = 77;
const TOOLS = ["debootstrap", "dpkg-deb", "unshare", "chroot", "tar"];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const { values: { deb } } = parseArgs({
    args: [...args],
    options: { deb: { type: "string" } },
  });
  const missing = missingTools(TOOLS);
  if (missing.length > 0 || Deno.uid() !== 0) {
    const needs = [...(Deno.uid() === 0 ? [] : ["root"]), ...missing];
    console.log(`Skipped: the package was not tried, which needs ${needs}`);
    return EXIT_SKIPPED;
  }
  const scratch = await Deno.makeTempDir({ prefix: "opsen-package-" });
  const home = Deno.env.get("HOME") ?? "/var/tmp";
  const cache = `${
    Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`
  }/opsen-dist`;
  try {
    const file = deb ?? await madePackage(scratch);
    if (file === undefined) return 1;
    await using debian = await CleanDebian.open(cache);
    const isWell = await live(
      LIFE,
      debian,
      await packages(file, scratch, debian),
    );
    return isWell && await liveBooted(file, scratch, cache) ? 0 : 1;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The same package where systemd runs; whether all went well, or nothing could be tried. */
async function liveBooted(
  file: string,
  scratch: string,
  cache: string,
): Promise<boolean> {
  const missing = missingTools(BOOT_TOOLS);
  if (missing.length > 0) {
    console.log(`Skipped: no systemd was booted, which needs ${missing}`);
    return true;
  }
  await using debian = await CleanDebian.open(cache, BOOT_PACKAGES);
  const made = await packages(file, scratch, debian);
  await using booted = await BootedDebian.boot(debian);
  return await live(BOOTED_LIFE, booted, made);
}

/** Runs the steps until one fails; whether none did. */
async function live<Debian>(
  steps: Readonly<
    Record<string, (debian: Debian, packages: Packages) => Promise<void>>
  >,
  debian: Debian,
  packages: Packages,
): Promise<boolean> {
  let passed = 0;
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step(debian, packages);
      console.log(`ok      ${name}`);
      passed++;
    } catch (error) {
      console.log(`FAILED  ${name}`);
      console.log(error instanceof Error ? error.stack : error);
      console.log(`${passed} passed, 1 failed`);
      return false;
    }
  }
  console.log(`${passed} passed, 0 failed`);
  return true;
}

async function madePackage(scratch: string): Promise<string | undefined> {
  const target = TARGETS.find(({ deno }) => deno === Deno.build.arch);
  if (target === undefined) return undefined;
  const arch = ["--arch", target.name, "--self-extracting"];
  const code = await makeRelease([...arch, "--out", `${scratch}/out`]);
  if (code !== 0) return undefined;
  const names = [...Deno.readDirSync(`${scratch}/out`)].map(({ name }) => name);
  return `${scratch}/out/${names.find((name) => name.endsWith(".deb"))}`;
}

/** The package and the same with a higher version, put into the Debian. */
async function packages(
  file: string,
  scratch: string,
  debian: CleanDebian,
): Promise<Packages> {
  const version = await outputOf("dpkg-deb", ["-f", file, "Version"]);
  const nextVersion = `${version}+next`;
  const folder = await Deno.makeTempDir({ dir: scratch, prefix: "next-" });
  await outputOf("dpkg-deb", ["-R", file, folder]);
  const control = `${folder}/DEBIAN/control`;
  const text = await Deno.readTextFile(control);
  await Deno.writeTextFile(
    control,
    text.replace(/^Version: .*$/m, `Version: ${nextVersion}`),
  );
  const first = "/var/tmp/opsen.deb";
  const next = "/var/tmp/opsen-next.deb";
  await Deno.copyFile(file, debian.outside(first));
  const build = ["--root-owner-group", "-Zgzip", "-z1", "--build", folder];
  await outputOf("dpkg-deb", [...build, debian.outside(next)]);
  return { first, version, next, nextVersion };
}
