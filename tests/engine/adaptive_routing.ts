/** The adaptive rule with some of its settings changed. */
import type { Routing } from "../../src/engine/balancer_options.ts";
import {
  ADAPTIVE_DEFAULTS,
  type AdaptiveOptions,
} from "../../src/engine/routing_options.ts";

/** Groups of settings with some of them left out. */
export type SomeSettings = {
  readonly [Key in keyof AdaptiveOptions]?: AdaptiveOptions[Key] extends number
    ? number
    : Partial<AdaptiveOptions[Key]>;
};

/** The documented settings, but for these. */
export function settings(changed: SomeSettings = {}): AdaptiveOptions {
  const all: Record<string, unknown> = { ...ADAPTIVE_DEFAULTS };
  for (const [key, value] of Object.entries(changed)) {
    const before = all[key];
    all[key] = typeof before === "object" && typeof value === "object"
      ? { ...before, ...value }
      : value;
  }
  return all as unknown as AdaptiveOptions;
}

/** The adaptive rule under the documented settings, but for these. */
export function adaptive(changed: SomeSettings = {}): Routing {
  return { mode: "adaptive", options: settings(changed) };
}
