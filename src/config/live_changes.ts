/** What a running server makes of a new configuration: what it takes over, and what it keeps until it is started again. */
import { effectiveValues } from "./effective_values.ts";
import { type Leaf, leavesOf, valueAt } from "./leaf.ts";
import { SERVER_ROLE, type ServerConfig } from "./server_keys.ts";
import { servesTls } from "./tls_rules.ts";

/** A new configuration held against the one in force. */
export interface LiveChanges {
  /** What may come into force: the new configuration with the old values of the keys that can't change. */
  readonly config: ServerConfig;
  /** Paths of the keys whose value changes, in the order of the file. */
  readonly changed: readonly string[];
  /** Keys whose new value waits for a restart. */
  readonly waiting: readonly WaitingKey[];
}

/** A key that keeps its value although another one is configured. */
export interface WaitingKey {
  readonly path: string;
  /** The value in force as JSON; a secret is masked. */
  readonly kept: string;
  /** The configured one, likewise. */
  readonly configured: string;
}

/** The listener speaks TLS or doesn't, from its start on; which certificate it shows can change. */
const TLS_PATHS: readonly string[] = ["tls_cert_file", "tls_key_file", "tls"];

/** Compares leaf by leaf. */
export function liveChanges(
  inForce: ServerConfig,
  wanted: ServerConfig,
): LiveChanges {
  const switchesTls = servesTls(inForce) !== servesTls(wanted);
  const different = leavesOf(SERVER_ROLE.keys).filter(({ names }) =>
    textOf(valueAt(inForce, names)) !== textOf(valueAt(wanted, names))
  );
  const isFixed = ({ path, key }: Leaf) =>
    key.needsRestart || switchesTls && TLS_PATHS.includes(path);
  const fixed = different.filter(isFixed);
  return {
    config: withValuesOf(inForce, wanted, fixed),
    changed: different.filter((leaf) => !isFixed(leaf)).map(({ path }) => path),
    waiting: fixed.map(({ path }) => ({
      path,
      kept: shown(inForce, path),
      configured: shown(wanted, path),
    })),
  };
}

function withValuesOf(
  inForce: ServerConfig,
  wanted: ServerConfig,
  leaves: readonly Leaf[],
): ServerConfig {
  const config = structuredClone(wanted);
  for (const { names } of leaves) {
    const around = valueAt(config, names.slice(0, -1));
    const name = names.at(-1);
    if (typeof around === "object" && around !== null && name !== undefined) {
      Reflect.set(around, name, valueAt(inForce, names));
    }
  }
  return config;
}

function shown(config: ServerConfig, path: string): string {
  const values = effectiveValues(SERVER_ROLE, config, new Map());
  return textOf(values.find((value) => value.path === path)?.value);
}

/** Values are plain data whose keys come in the order of the tables, so that equal ones have equal texts. */
function textOf(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}
