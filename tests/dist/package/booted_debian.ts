/**
 * A clean Debian that runs: its own systemd is the first process of namespaces of its own (processes, mounts, network,
 * cgroups, host name), where it can do nothing to this machine and all of it ends with one process.
 */
import { type CleanDebian, type Ended, endOf } from "./clean_debian.ts";

/** What this machine must have for it. */
export const BOOT_TOOLS = ["unshare", "nsenter", "setpriv", "pivot_root"];

/** What a Debian must have to be booted. */
export const BOOT_PACKAGES = ["systemd", "systemd-sysv", "dbus", "curl"];

const CGROUPS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const PATH = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Units that wait for what there is not in there: a person at a console, a network. */
const NEVER = ["systemd-firstboot", "systemd-networkd-wait-online"];
const TRIES = 300;
const TRY_MS = 100;

/** $1 is the cgroup, so that it is the root of what systemd sees of cgroups. */
const IN_CGROUP = 'echo $$ > "$1/cgroup.procs" && shift && exec unshare "$@"';

/** From the namespaces to the first process; $1 is the folder. The kernel's settings stay out of reach. */
const BOOT = `set -eu
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for node in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
  mknod -m 666 "dev/\${node% *}" c 1 "\${node#* }"
done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm old
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
pivot_root . old
umount -l old
rmdir old
cd /
mount --make-rshared /
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio -- \\
  env -i container=other ${PATH} /sbin/init --log-target=console`;

/** A Debian whose systemd runs. */
export class BootedDebian implements AsyncDisposable {
  readonly #cgroup: string;
  readonly #unshare: Deno.ChildProcess;
  readonly #init: number;

  private constructor(
    cgroup: string,
    unshare: Deno.ChildProcess,
    init: number,
  ) {
    this.#cgroup = cgroup;
    this.#unshare = unshare;
    this.#init = init;
  }

  /** Boots it; settles when its services have begun. */
  static async boot(debian: CleanDebian): Promise<BootedDebian> {
    const root = debian.outside("");
    for (const unit of NEVER) {
      const link = debian.outside(`/etc/systemd/system/${unit}.service`);
      Deno.symlinkSync("/dev/null", link);
    }
    // Nobody keeps services from being started here.
    Deno.removeSync(debian.outside("/usr/sbin/policy-rc.d"));
    const cgroup = `${cgroups()}/opsen-dist-test-${Deno.pid}`;
    Deno.mkdirSync(cgroup);
    const namespaces = [
      ...["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"],
      ...["--propagation", "private", "--fork", "--kill-child"],
    ];
    const boot = [...namespaces, "sh", "-c", BOOT, "sh", root];
    const unshare = new Deno.Command("sh", {
      args: ["-c", IN_CGROUP, "sh", cgroup, ...boot],
      ...{ stdin: "null", stdout: "null", stderr: "inherit" },
    }).spawn();
    const init = await systemdOf(unshare.pid);
    const booted = new BootedDebian(cgroup, unshare, init);
    await booted.until(
      "the Debian to be up",
      ["systemctl", "is-system-running"],
      /^(running|degraded)$/,
    );
    return booted;
  }

  /** Runs a program as root to its end. */
  async run(...command: readonly string[]): Promise<Ended> {
    const entered = ["sh", "-c", 'cd / && exec "$@"', "sh", "env", "-i"];
    const env = [PATH, "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
    const nsenter = new Deno.Command("nsenter", {
      args: [
        ...["--target", `${this.#init}`, "--mount", "--pid", "--uts", "--ipc"],
        ...["--net", "--cgroup", "--root", "--"],
        ...[...entered, ...env, ...command],
      ],
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    });
    return await endOf(nsenter);
  }

  /** Runs a program again and again until what it says is as wanted; that. */
  async until(
    what: string,
    command: readonly string[],
    wanted: RegExp,
    tries = TRIES,
  ): Promise<string> {
    let last = "";
    const look = async () => {
      const { said } = await this.run(...command);
      last = said;
      return wanted.test(said) ? said : undefined;
    };
    return await eventually(look, () => `${what}; it said ${last}`, tries);
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unshare.kill("SIGKILL");
    await this.#unshare.status;
    await removeCgroup(this.#cgroup);
  }
}

function cgroups(): string {
  const found = CGROUPS.find((path) => {
    try {
      return Deno.statSync(`${path}/cgroup.procs`).isFile;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error("No cgroups of version 2 here");
  return found;
}

/** What an attempt finds, as soon as it does. */
async function eventually<Found>(
  attempt: () => Found | undefined | Promise<Found | undefined>,
  what: () => string,
  tries = TRIES,
): Promise<Found> {
  for (let count = 0; count < tries; count++) {
    const found = await attempt();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new Error(`Waited in vain for ${what()}`);
}

/** The child of a process, once it is systemd: before that it still sees this machine. */
async function systemdOf(parent: number): Promise<number> {
  const look = () =>
    [...Deno.readDirSync("/proc")].map(({ name }) => name)
      .find((name) => /^\d+$/.test(name) && isSystemd(name, parent));
  return Number(await eventually(look, () => "the first process"));
}

function isSystemd(pid: string, parent: number): boolean {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return status.includes(`\nPPid:\t${parent}\n`) &&
      status.startsWith("Name:\tsystemd\n");
  } catch {
    return false; // It has ended.
  }
}

/** Its processes end a moment after the first of them. */
async function removeCgroup(path: string): Promise<void> {
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    if (isDirectory) await removeCgroup(`${path}/${name}`);
  }
  let reason: unknown;
  const remove = () => {
    try {
      Deno.removeSync(path);
      return true;
    } catch (error) {
      reason = error;
      return undefined;
    }
  };
  await eventually(remove, () => `the end of "${path}": ${reason}`);
}
