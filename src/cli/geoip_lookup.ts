/** `opsen geoip lookup`: tells where addresses are, as a server with the same database knows it. */
import { addressKind } from "../config/address_kind.ts";
import { loadServerConfig } from "../config/load_server_config.ts";
import type { Place } from "../engine/backend.ts";
import { type Coordinates, distanceKm } from "../engine/distance.ts";
import { type CityDatabase, readCityDatabase } from "../geo/city_database.ts";
import { escapeInvisible } from "../log/escape_invisible.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { printProblems } from "./load_report.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

/** What commander read. */
export interface LookupOptions {
  readonly db?: string;
  readonly config?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** What `opsen geoip download` writes when it isn't told otherwise. */
const DEFAULT_PATH = "./GeoLite2-City.mmdb";

/** Two numbers. */
const COORDINATES = /^(-?\d{1,2}(?:\.\d+)?), ?(-?\d{1,3}(?:\.\d+)?)$/;

/** An address that was looked up: where it is, or why nobody knows. */
type Located =
  & { readonly ip: string }
  & ({ readonly place: Place } | {
    readonly place: null;
    readonly reason: string;
  });

/** Prints the place of each address; the exit code says whether all have one. */
export async function lookup(
  ips: readonly string[],
  options: LookupOptions,
  shell: Shell,
): Promise<void> {
  const wrong = ips.find((ip) => addressKind(ip) === undefined);
  if (wrong !== undefined) {
    return endUsage(
      `Found ${JSON.stringify(wrong)}, wanted an IPv4 or IPv6 address`,
      shell,
    );
  }
  const path = await pathOf(options, shell);
  if (path === undefined) return shell.exitWith(EXIT_CODE.usage);
  const database = await opened(path, shell);
  if (database === undefined) return;
  const from = options.from === undefined
    ? undefined
    : originOf(options.from, database);
  if (typeof from === "string") return endUsage(from, shell);
  const found = ips.map((ip) => located(ip, database));
  shell.out(
    options.json
      ? jsonText(found, from, path, database)
      : plainText(found, from),
  );
  const areAllFound = found.every(({ place }) => place !== null);
  shell.exitWith(areAllFound ? EXIT_CODE.ok : EXIT_CODE.noPlace);
}

/** The database of `--db`, else that of the configuration, else the one beside us; undefined when that was said to be wrong. */
async function pathOf(
  { db, config: configPath }: LookupOptions,
  shell: Shell,
): Promise<string | undefined> {
  if (db !== undefined) return db;
  const { env, readFile } = shell;
  const loaded = await loadServerConfig({
    configPath,
    flags: [],
    env,
    readFile,
  });
  if (loaded.kind === "invalid") {
    printProblems(loaded.problems, shell);
    return undefined;
  }
  const { geoipDbPath } = loaded.config;
  if (geoipDbPath !== "") return geoipDbPath;
  if (configPath === undefined) return DEFAULT_PATH;
  shell.err(`"${configPath}" has no geoip_db_path; name a file with --db\n`);
  return undefined;
}

async function opened(
  path: string,
  shell: Shell,
): Promise<CityDatabase | undefined> {
  try {
    return await readCityDatabase(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.err(
      `${reason}; to get one: opsen geoip download --output ${
        JSON.stringify(path)
      }\n`,
    );
    return void shell.exitWith(EXIT_CODE.noGeoDatabase);
  }
}

function located(ip: string, database: CityDatabase): Located {
  const address = addressKind(ip);
  if (address !== undefined && address.kind !== "public") {
    return { ip, place: null, reason: `a ${address.what} address` };
  }
  const place = address && database.locate(address.ip);
  return place === undefined
    ? { ip, place: null, reason: "none in the database" }
    : { ip, place };
}

/** Where distances are measured from; an error in words when that is nowhere. */
function originOf(text: string, database: CityDatabase): Coordinates | string {
  const [, north, east] = COORDINATES.exec(text) ?? [];
  const latitude = Number(north);
  const longitude = Number(east);
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) {
    return { latitude, longitude };
  }
  const wanted =
    "wanted an address with a place, or degrees north and east such as 48.86,2.35";
  if (addressKind(text) === undefined) {
    return `--from: found ${JSON.stringify(text)}, ${wanted}`;
  }
  const origin = located(text, database);
  return origin.place ??
    `--from: ${text} has no place (${origin.reason}), ${wanted}`;
}

function plainText(
  found: readonly Located[],
  from: Coordinates | undefined,
): string {
  const columns = [
    { title: "Address" },
    { title: "Place" },
    { title: "Latitude", right: true },
    { title: "Longitude", right: true },
    ...(from === undefined ? [] : [{ title: "Distance", right: true }]),
  ];
  const rows = found.map((one) =>
    one.place === null ? [one.ip, `no place: ${one.reason}`] : [
      one.ip,
      nameOf(one.place),
      one.place.latitude.toFixed(4),
      one.place.longitude.toFixed(4),
      ...(from === undefined ? [] : [`${kmFrom(from, one.place)} km`]),
    ]
  );
  return textTable(columns, rows);
}

function nameOf({ city, country }: Place): string {
  const names = [city, country].filter((name) => name !== "");
  return names.length === 0 ? "unnamed" : escapeInvisible(names.join(", "));
}

function jsonText(
  found: readonly Located[],
  from: Coordinates | undefined,
  path: string,
  { type, builtMs }: CityDatabase,
): string {
  const built = new Date(builtMs).toISOString();
  const addresses = found.map((one) => ({
    ...one,
    ...(from !== undefined && one.place !== null &&
      { distance_km: kmFrom(from, one.place) }),
  }));
  return `${
    JSON.stringify({ database: { path, type, built }, addresses }, null, 2)
  }\n`;
}

/** Places of addresses are known to some kilometres at best. */
function kmFrom(from: Coordinates, to: Coordinates): number {
  return Math.round(distanceKm(from, to));
}
