/** NVIDIA's management library (NVML), found and opened. Nothing of it is called before `init`. */
import type { Nvml } from "./nvml_api.ts";
import { NvmlAsking } from "./nvml_asking.ts";
import { NvmlCalls } from "./nvml_calls.ts";
import { nvmlPaths } from "./nvml_paths.ts";
import { NVML_PRESENCE, NVML_SYMBOLS } from "./nvml_symbols.ts";

/** The library, or why there is none. */
export type OpenedNvml =
  | { readonly kind: "open"; readonly nvml: Nvml; readonly path: string }
  | {
    readonly kind: "absent";
    /** A sentence without a final period. */
    readonly reason: string;
    /** There is no such file: this machine has no driver. Otherwise there is one, which can't be used. */
    readonly isMissing: boolean;
  };

/** What can be chosen. */
export interface NvmlOptions {
  /** Where to look; absolute. Default: where this system has libraries. */
  readonly paths?: readonly string[];
  /** Time for each call, milliseconds. */
  readonly deadlineMs?: number;
}

/**
 * Time for each call, milliseconds: to wake a sleeping card takes up to a second, any other call less than 10 ms. Less
 * than the two seconds after which the sampler gives a reading up, so that the log hears of a hang once, in our words.
 */
export const CALL_DEADLINE_MS = 1500;

const LOADER_CACHE = "/etc/ld.so.cache";

/**
 * Opens the first library that is there and permitted. Never asks for permission. A file that may not even be looked
 * for counts as missing when it can't be loaded.
 */
export function openNvml(options: NvmlOptions = {}): OpenedNvml {
  const { paths = pathsHere(), deadlineMs = CALL_DEADLINE_MS } = options;
  let failure: string | undefined;
  for (const path of paths) {
    const loaded = load(path, deadlineMs);
    if (typeof loaded !== "string") {
      return { kind: "open", nvml: new NvmlCalls(loaded), path };
    }
    if (isThere(path)) failure ??= loaded;
  }
  return failure === undefined
    ? {
      kind: "absent",
      reason: "There is no libnvidia-ml.so.1",
      isMissing: true,
    }
    : { kind: "absent", reason: failure, isMissing: false };
}

/** The library, or why it can't be used. */
function load(path: string, deadlineMs: number): NvmlAsking | string {
  if (!isPermitted({ name: "ffi", path })) {
    return `Cannot load "${path}": FFI with it is not permitted`;
  }
  try {
    const functions = functionsIn(path);
    if (functions.has("nvmlInit_v2") || functions.has("nvmlInit")) {
      return new NvmlAsking(
        Deno.dlopen(path, NVML_SYMBOLS),
        functions,
        deadlineMs,
      );
    }
    return `Cannot use "${path}": it has no nvmlInit, so it is not NVIDIA's management library`;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return `Cannot load "${path}": ${cause}`;
  }
}

/** The functions that the library has. Only blocking symbols tell: a nonblocking one that is absent throws when called. */
function functionsIn(path: string): ReadonlySet<string> {
  const library = Deno.dlopen(path, NVML_PRESENCE);
  try {
    return new Set(
      Object.keys(library.symbols).filter((name) => library.symbols[name]),
    );
  } finally {
    library.close();
  }
}

function isThere(path: string): boolean {
  if (!isPermitted({ name: "read", path })) return false;
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function pathsHere(): readonly string[] {
  const variable = "LD_LIBRARY_PATH";
  return nvmlPaths({
    os: Deno.build.os,
    arch: Deno.build.arch,
    libraryPath: isPermitted({ name: "env", variable })
      ? Deno.env.get(variable)
      : undefined,
    loaderCache: readLoaderCache(),
  });
}

function readLoaderCache(): string | undefined {
  if (!isPermitted({ name: "read", path: LOADER_CACHE })) return undefined;
  try {
    return new TextDecoder("latin1").decode(Deno.readFileSync(LOADER_CACHE));
  } catch {
    // musl has none, and containers may lack it: the usual folders remain.
    return undefined;
  }
}

function isPermitted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
