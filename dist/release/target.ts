/** The machines that a release is made for, as data. */

/** A kind of machine. All of them are Linux with the C library of GNU. */
export interface Target {
  /** As in the names of files. */
  readonly name: "x64" | "arm64";
  /** In the runtime's words. */
  readonly deno: "x86_64" | "aarch64";
  /** In Debian's words. */
  readonly debian: "amd64" | "arm64";
  /** What `deno compile` calls it. */
  readonly triple: string;
  /** npm package that holds the runtime for it. */
  readonly runtimePackage: string;
  /** Programs that can run its executables on another kind of machine. */
  readonly emulators: readonly string[];
  /** Where Debian puts its C library on another kind of machine. */
  readonly libraries: string;
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  {
    name: "x64",
    deno: "x86_64",
    debian: "amd64",
    triple: "x86_64-unknown-linux-gnu",
    runtimePackage: "@deno/linux-x64-glibc",
    emulators: ["qemu-x86_64-static", "qemu-x86_64"],
    libraries: "/usr/x86_64-linux-gnu",
  },
  {
    name: "arm64",
    deno: "aarch64",
    debian: "arm64",
    triple: "aarch64-unknown-linux-gnu",
    runtimePackage: "@deno/linux-arm64-glibc",
    emulators: ["qemu-aarch64-static", "qemu-aarch64"],
    libraries: "/usr/aarch64-linux-gnu",
  },
];

/** Those that `--arch` asks for; empty when it asks for none that there is. */
export function targetsFor(arch: string): readonly Target[] {
  return TARGETS.filter(({ name }) => arch === "all" || arch === name);
}

/** Whether this machine runs what is made for the target. */
export function isNative(target: Target): boolean {
  return Deno.build.os === "linux" && Deno.build.arch === target.deno;
}
