/** The runtime for a kind of machine: the one that runs here, or one from npm. */
import { findRuntime } from "../build/find_runtime.ts";
import { npmRuntime } from "./npm_runtime.ts";
import { isNative, type Target } from "./target.ts";

/** A runtime, and of which version it is. */
export interface Runtime {
  readonly path: string;
  readonly version: string;
}

/** Finds it; one from npm is unpacked into `folder`. */
export async function runtimeFor(
  target: Target,
  folder: string,
): Promise<
  | Runtime & { readonly kind: "found" }
  | { readonly kind: "absent"; readonly reason: string }
> {
  const version = Deno.version.deno;
  return isNative(target)
    ? { kind: "found", path: await findRuntime(), version }
    : await npmRuntime(target, version, folder, cacheFolder());
}

function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/opsen-dist`;
}
