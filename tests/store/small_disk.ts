/** A file system of 1 MiB in memory, where a disk is really full. Mounting takes root. */

const SIZE_KIB = 1024;

/** A mounted disk that is gone at the end. */
export class SmallDisk implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "opsen-disk-" });

  /** Mounts it. Throws when this user may not. */
  constructor() {
    try {
      run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        `size=${SIZE_KIB}k`,
        "none",
        this.folder,
      );
    } catch (error) {
      Deno.removeSync(this.folder);
      throw error;
    }
  }

  /** Leaves no byte free. */
  fill(): void {
    using file = Deno.openSync(this.#filler, { create: true, write: true });
    try {
      for (;;) file.writeSync(new Uint8Array(4096));
    } catch {
      // No space is left.
    }
  }

  /** Frees what {@link fill} took. */
  free(): void {
    Deno.removeSync(this.#filler);
  }

  [Symbol.dispose](): void {
    run("umount", "--lazy", this.folder);
    Deno.removeSync(this.folder);
  }

  get #filler(): string {
    return `${this.folder}/filler`;
  }
}

/** Whether this user may mount. */
export function canMount(): boolean {
  try {
    using disk = new SmallDisk();
    return disk.folder !== "";
  } catch {
    return false;
  }
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (success) return;
  throw new Error(
    `Cannot run "${command}": ${new TextDecoder().decode(stderr).trim()}`,
  );
}
