/** Where NVML may lie. Its driver's installer, a distribution and a container runtime each have a place of their own. */

/** Its name; the one without the number belongs to development packages. */
const LIBRARY = "libnvidia-ml.so.1";

/** Folders of a system that has a driver, by architecture; {@link LIBRARY} lies in one of them. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"],
  aarch64: ["/usr/lib/aarch64-linux-gnu", "/lib/aarch64-linux-gnu"],
};

/** The same for all architectures: Fedora and SUSE, Arch, GKE's installer, WSL, NixOS, and a hand-made installation. */
const FOLDERS_OF_ALL: readonly string[] = [
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/nvidia/lib64",
  "/usr/lib/wsl/lib",
  "/run/opengl-driver/lib",
  "/usr/local/lib",
];

/** What the search depends on. */
export interface NvmlSearch {
  readonly os: string;
  readonly arch: string;
  /** $LD_LIBRARY_PATH, when it is set and may be read. */
  readonly libraryPath: string | undefined;
  /** The dynamic loader's list of known libraries (/etc/ld.so.cache) as latin1, when it may be read. */
  readonly loaderCache: string | undefined;
}

/**
 * Absolute paths to try, in the dynamic loader's own order and then some; none twice, and none at all where the layout
 * is not known. A bare name would be looked up in the working directory when FFI is permitted by path.
 */
export function nvmlPaths(search: NvmlSearch): readonly string[] {
  const { os, arch, libraryPath = "", loaderCache = "" } = search;
  const folders = FOLDERS[arch];
  if (os !== "linux" || folders === undefined) return [];
  return [
    ...new Set([
      ...libraryPath.split(/[:;]/).filter(isAbsolute).map(inFolder),
      ...cachedPaths(loaderCache),
      ...[...folders, ...FOLDERS_OF_ALL].map(inFolder),
    ]),
  ];
}

/** The paths are NUL-terminated texts among binary data, so nothing of the format (dl-cache.h of glibc) matters. */
function cachedPaths(cache: string): readonly string[] {
  return cache.split("\0").filter((text) =>
    isAbsolute(text) && text.endsWith(`/${LIBRARY}`)
  );
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

function inFolder(folder: string): string {
  return `${folder.replace(/\/+$/, "")}/${LIBRARY}`;
}
