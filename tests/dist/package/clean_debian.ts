/**
 * A clean Debian in a folder, and programs run in it. Its only mount is a read-only /proc in a mount namespace of each
 * program, so that nothing stays mounted however a run ends, and nothing outside of the folder can be reached.
 */
import { outputOf } from "../../../dist/release/run_tool.ts";

const SUITE = "bookworm";
/** What dpkg asks before a service is started: never here (invoke-rc.d, policy-rc.d of Debian). */
const REFUSE_SERVICES = "#!/bin/sh\nexit 101\n";
const APT = "/etc/apt";

/** How a program ended in there. */
export interface Ended {
  readonly code: number;
  /** Both of its outputs. */
  readonly said: string;
}

/** A clean Debian. */
export class CleanDebian implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Unpacks one from the cache, which is filled from this machine's own mirror when need be; with these packages besides
   * what every Debian has.
   */
  static async open(
    cache: string,
    packages: readonly string[] = [],
  ): Promise<CleanDebian> {
    const base = `${cache}/${[SUITE, ...packages].join("-")}.tar`;
    await Deno.mkdir(cache, { recursive: true });
    if (!isThere(base)) await makeBase(cache, base, packages);
    const folder = await Deno.makeTempDir({ dir: cache, prefix: "debian-" });
    await Deno.chmod(folder, 0o755);
    await outputOf("tar", ["-xpf", base, "-C", folder]);
    const debian = new CleanDebian(folder);
    await debian.write("/usr/sbin/policy-rc.d", REFUSE_SERVICES, 0o755);
    return debian;
  }

  /** Runs a program as root to its end. */
  async run(...command: readonly string[]): Promise<Ended> {
    return await endOf(this.#command(command, {}));
  }

  /** Starts a program as a user in a folder; its output goes to `log`, a path in there. */
  start(
    user: string,
    folder: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    log: string,
  ): Deno.ChildProcess {
    const asUser =
      `cd "$1" && shift && exec setpriv --reuid ${user} --regid ${user} --clear-groups ` +
      `--no-new-privs -- "$@" >${log} 2>&1`;
    const words = ["sh", "-c", asUser, "sh", folder, ...command];
    return this.#command(words, env).spawn();
  }

  /** The path of a file as it is outside. */
  outside(path: string): string {
    return `${this.#folder}${path}`;
  }

  /** Writes a file. */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await Deno.writeTextFile(this.outside(path), text);
    await Deno.chmod(this.outside(path), mode);
  }

  /** Whether something is there, also a link that leads nowhere. */
  has(path: string): boolean {
    return isThere(this.outside(path));
  }

  /** Owner, group and mode as its own names say them, such as "root:opsen 640". */
  async standing(path: string): Promise<string> {
    return (await this.run("stat", "-c", "%U:%G %a", path)).said;
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #command(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Deno.Command {
    const enter =
      'mount -t proc -o ro proc "$1/proc" && cd / && exec chroot "$@"';
    return new Deno.Command("unshare", {
      args: [
        ...["--mount", "--propagation", "private"],
        ...["sh", "-c", enter, "sh", this.#folder, ...command],
      ],
      clearEnv: true,
      env: {
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
        LC_ALL: "C",
        DEBIAN_FRONTEND: "noninteractive",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** Runs a command, whose outputs are piped, to its end. */
export async function endOf(command: Deno.Command): Promise<Ended> {
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  return { code, said: said.trim() };
}

async function makeBase(
  cache: string,
  base: string,
  packages: readonly string[],
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: cache, prefix: "making-" });
  try {
    console.log(`Making ${base}, which is kept`);
    const root = `${folder}/root`;
    await outputOf("debootstrap", [
      "--variant=minbase",
      ...packages.length === 0 ? [] : [`--include=${packages.join(",")}`],
      SUITE,
      root,
      mirror(),
    ]);
    await outputOf("tar", ["-cpf", `${folder}/base.tar`, "-C", root, "."]);
    await Deno.rename(`${folder}/base.tar`, base);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The mirror that this machine takes this Debian from. */
function mirror(): string {
  const files = [
    `${APT}/sources.list`,
    ...[...entriesOf(`${APT}/sources.list.d`)].map((name) =>
      `${APT}/sources.list.d/${name}`
    ),
  ].filter(isThere).map((path) => Deno.readTextFileSync(path));
  for (const text of files) {
    for (const part of text.split(/\n\s*\n/)) {
      const uri = /^URIs:\s*(\S+)/m.exec(part)?.[1];
      const suites = /^Suites:(.*)$/m.exec(part)?.[1]?.trim().split(/\s+/);
      if (uri !== undefined && suites?.includes(SUITE)) return uri;
    }
    const line = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+bookworm\s/m.exec(text);
    if (line?.[1] !== undefined) return line[1];
  }
  throw new Error(
    `Cannot make a clean Debian: no file below ${APT} names a mirror of ${SUITE}`,
  );
}

function entriesOf(folder: string): readonly string[] {
  return isThere(folder)
    ? [...Deno.readDirSync(folder)].map(({ name }) => name)
    : [];
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
