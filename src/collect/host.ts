/** Who this machine is: names and ids that hold until the next boot, read once. Owns no state. */
import type { TextFiles } from "./text_files.ts";

/** Empty texts stand for what can't be told. */
export interface HostFacts {
  readonly hostname: string;
  /** Release of the kernel. */
  readonly kernel: string;
  /** Id of the installation (machine-id(5)); the same on every copy of a disk image until it is reset. */
  readonly machineId: string;
  /** Id of this boot. */
  readonly bootId: string;
}

/** Where to read from. */
export interface HostRoots {
  readonly procRoot: string;
  readonly etcRoot: string;
}

/** Reads what is known of the machine. */
export function readHost(files: TextFiles, roots: HostRoots): HostFacts {
  function line(path: string): string {
    const text = files.read(path);
    return text.kind === "present" ? text.value.trim() : "";
  }
  const { procRoot, etcRoot } = roots;
  return {
    hostname: line(`${procRoot}/sys/kernel/hostname`) || Deno.hostname(),
    kernel: line(`${procRoot}/sys/kernel/osrelease`),
    machineId: parseMachineId(line(`${etcRoot}/machine-id`)),
    bootId: line(`${procRoot}/sys/kernel/random/boot_id`),
  };
}

/** A machine id, or nothing for other texts: an image that waits for its first boot says "uninitialized". */
export function parseMachineId(text: string): string {
  return /^[0-9a-f]{32}$/i.test(text) ? text.toLowerCase() : "";
}
