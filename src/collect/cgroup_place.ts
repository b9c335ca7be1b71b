/**
 * Whether this process runs in a container, and which control groups (Documentation/admin-guide/cgroup-v2.rst) then
 * bound what it can get. Owns no state; decided once at start.
 *
 * Outside a container nothing bounds the report: a limit on the unit of this client (`MemoryMax=`, `CPUQuota=`) is not
 * a limit on the sessions that run beside it.
 */
import type { Reading } from "./reading.ts";
import type { TextFiles } from "./text_files.ts";

/** Where the limits are. */
export type CgroupPlace =
  | { readonly kind: "host" }
  /** Directories whose limits all hold, innermost first. */
  | { readonly kind: "container"; readonly levels: readonly string[] }
  /** There may be limits, and they can't be read. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** Deepest path that is followed up; kubelet and systemd together nest six. */
const LEVELS_MAX = 32;
/** Files that the root of a hierarchy does not have, so that where the mount has one it shows a container's own group. */
const BELOW_ROOT_FILES = ["cpu.max", "memory.max"] as const;

/** Looks at the mounted hierarchy and at /proc/self/cgroup. */
export function locateCgroup(
  files: TextFiles,
  roots: { readonly procRoot: string; readonly sysRoot: string },
): CgroupPlace {
  const mount = `${roots.sysRoot}/fs/cgroup`;
  if (BELOW_ROOT_FILES.some((name) => files.exists(`${mount}/${name}`))) {
    return { kind: "container", levels: [mount] };
  }
  const membership = parseMembership(
    textOf(files.read(`${roots.procRoot}/self/cgroup`)),
  );
  const unified = files.exists(`${mount}/cgroup.controllers`);
  if (!unified && membership.hasV1Limits) {
    return {
      kind: "unreadable",
      reason:
        "If this is a container, its limits on CPU and memory are not seen: this system has them in cgroup v1, and only cgroup v2 is read",
    };
  }
  if (!isContainerPath(membership.path)) return { kind: "host" };
  const levels = levelsOf(mount, membership.path);
  if (!levels.some((level) => files.exists(level))) {
    return {
      kind: "unreadable",
      reason:
        `This is a container and its limits on CPU and memory are not seen: its control group "${membership.path}" is not in "${mount}"`,
    };
  }
  return { kind: "container", levels };
}

/** What /proc/self/cgroup says (cgroups(7)). */
export interface CgroupMembership {
  /** Path in the cgroup v2 hierarchy, "/" when there is none. */
  readonly path: string;
  /** Whether a v1 hierarchy has the controllers that limit CPU or memory. */
  readonly hasV1Limits: boolean;
}

/** Reads lines of the form `hierarchy:controllers:path`; that of v2 has the number 0 and no controllers. */
export function parseMembership(text: string): CgroupMembership {
  let path = "/";
  let hasV1Limits = false;
  for (const line of text.split("\n")) {
    const [, hierarchy, controllers = "", at = ""] =
      /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (hierarchy === "0" && controllers === "") path = at;
    else if (controllers.split(",").some((name) => V1_LIMITS.has(name))) {
      hasV1Limits = true;
    }
  }
  return { path, hasV1Limits };
}

const V1_LIMITS: ReadonlySet<string> = new Set(["cpu", "memory"]);

/**
 * Whether the path is one that Docker, containerd, CRI-O, Podman, Kubernetes or LXC gives a container, under either
 * of their cgroup drivers. A bare id is what containerd, and Docker below a group of the user's choice, call a container.
 * Their own services ("docker.service") are not containers.
 */
export function isContainerPath(path: string): boolean {
  return path.split("/").some((segment) => CONTAINER_SEGMENT.test(segment));
}

const CONTAINER_SEGMENT =
  /^(?:docker|containerd|lxc|lxc\.payload\..+|libpod_parent|kubepods|kubepods[.-].*slice|(?:docker|cri-containerd|nerdctl|crio|libpod|libpod-payload)-[0-9a-f]{12,64}(?:\.scope)?|[0-9a-f]{64})$/;

/** The directory of the path and those above it, without the root of the hierarchy, which has no limits. */
function levelsOf(mount: string, path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  // A path that leads out of the namespace's root names nothing below the mount.
  if (segments.includes("..")) return [];
  return segments
    .map((_, depth) => `${mount}/${segments.slice(0, depth + 1).join("/")}`)
    .reverse()
    .slice(0, LEVELS_MAX);
}

function textOf(reading: Reading<string>): string {
  return reading.kind === "present" ? reading.value : "";
}
