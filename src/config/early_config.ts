/**
 * The few keys that say where the rest of a server's configuration is: `config_url` and its like, and the database,
 * beside which old versions are kept. Read before anything else, and read again with everything else.
 */
import { checkKeys, TOP } from "./check.ts";
import { FAULTY } from "./default_of.ts";
import { type ConfigDocument, NO_KEYS, readDocument } from "./document.ts";
import { Findings } from "./findings.ts";
import type { GivenGroup, Spot } from "./given.ts";
import type { ConfigOf } from "./key.ts";
import { DATABASE_KEYS, RELOAD_KEYS } from "./listen_keys.ts";
import { type SaidOutside, takeOutside } from "./outside_values.ts";

const EARLY_KEYS = { ...RELOAD_KEYS, database: DATABASE_KEYS.database };

/** Their values. */
export interface EarlyConfig {
  readonly config: ConfigOf<typeof EARLY_KEYS>;
  /** Where the database was named; undefined when nobody did. */
  readonly databaseSpot: Spot | undefined;
}

/**
 * Reads them from a file and what stands above it. What is wrong there has its default here: it comes to light when the
 * whole is loaded.
 */
export async function earlyConfig(
  file: ConfigDocument | undefined,
  outside: SaidOutside,
): Promise<EarlyConfig> {
  const { group } = file === undefined ? NO_KEYS : await readDocument(file);
  const findings = new Findings();
  const values = checkKeys(EARLY_KEYS, earlyPart(group), TOP, findings);
  if (values === FAULTY) {
    throw new TypeError("Each early key must have a default");
  }
  takeOutside(EARLY_KEYS, outside, values, findings);
  return {
    config: values as ConfigOf<typeof EARLY_KEYS>,
    databaseSpot: findings.spotOf("database"),
  };
}

function earlyPart(group: GivenGroup | undefined): GivenGroup | undefined {
  if (group === undefined) return undefined;
  const entries = [...group.entries].filter(([name]) =>
    Object.hasOwn(EARLY_KEYS, name)
  );
  return { ...group, entries: new Map(entries) };
}
