/**
 * A GeoIP database of cities in MaxMind's format (maxmind.github.io/MaxMind-DB). Owns the octets of one file, at most
 * those that `readDatabaseFile` reads, and the records that were decoded last.
 */
import { Buffer } from "node:buffer";
import { type CityResponse, Reader } from "maxmind";
import { canonicalAddress } from "../config/address_ranges.ts";
import type { Place } from "../engine/backend.ts";
import { placeName } from "../policy/place_name.ts";
import { readDatabaseFile } from "./database_file.ts";
import { expectMetadata, expectWhole } from "./database_form.ts";
import { placeIn } from "./place_in.ts";
import { RecordCache } from "./record_cache.ts";

/** A database of cities that was tried and can be asked. */
export interface CityDatabase {
  /** What kind it is, such as `GeoLite2-City`. */
  readonly type: string;
  /** When it was built, wall-clock milliseconds. */
  readonly builtMs: number;
  /**
   * The place of an address, whatever kind of address it is; undefined when the database knows none, and for what is no
   * address.
   */
  locate(ip: string): Place | undefined;
}

/** The database in a file. Rejects with one sentence that names the path; the cause is that of the file system. */
export async function readCityDatabase(
  path: string,
  signal?: AbortSignal,
): Promise<CityDatabase> {
  return openCityDatabase(await readDatabaseFile(path, signal), path);
}

/** The database in these octets, which stay as they are; throws a `TypeError` with one sentence that names the path. */
export function openCityDatabase(
  bytes: Uint8Array,
  path: string,
): CityDatabase {
  try {
    const cities = new MaxMindCities(bytes);
    cities.expectCities();
    return cities;
  } catch (error) {
    const reason = error instanceof TypeError
      ? error.message
      : `it is damaged: ${error instanceof Error ? error.message : error}`;
    throw new TypeError(`Cannot use "${path}" for places: ${reason}`, {
      cause: error,
    });
  }
}

/** IPv4 addresses that are tried, evenly spread: enough to meet each part of the tree, and done in a few milliseconds. */
const TRIED_IPV4_BITS = 10;
/** IPv6 addresses that are tried, of those in use (2000::/3). */
const TRIED_IPV6_BITS = 8;

/** Kinds of databases that have coordinates; another one has to show some. */
const CITY_TYPE = /city|enterprise/i;

/** Adapts the reader, which expects addresses of the right form, of the right family, and a file that is whole. */
class MaxMindCities implements CityDatabase {
  readonly type: string;
  readonly builtMs: number;
  readonly #reader: Reader<CityResponse>;
  readonly #hasIpv6: boolean;
  readonly #records = new RecordCache();

  constructor(bytes: Uint8Array) {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    expectMetadata(file);
    this.#reader = new Reader(file, { cache: this.#records });
    const { metadata } = this.#reader;
    expectWhole(file, metadata);
    this.type = placeName(metadata.databaseType);
    this.builtMs = metadata.buildEpoch.getTime();
    this.#hasIpv6 = metadata.ipVersion === 6;
  }

  locate(ip: string): Place | undefined {
    const address = canonicalAddress(ip);
    if (address === undefined) return undefined;
    try {
      return placeIn(this.#recordOf(address));
    } catch {
      // A damaged part that was not tried must not fail a request.
      this.#records.giveUp();
      return undefined;
    }
  }

  /** Throws for a part that can't be read, and where nothing has coordinates. */
  expectCities(): void {
    const records = triedAddresses().map((ip) => this.#recordOf(ip));
    if (CITY_TYPE.test(this.type)) return;
    if (records.some((record) => placeIn(record) !== undefined)) return;
    throw new TypeError(
      `found a database of type "${this.type}", in which nothing has coordinates, wanted one of cities such as GeoLite2-City`,
    );
  }

  #recordOf(ip: string): unknown {
    // The reader would look for the first octets of an IPv6 address among those of IPv4.
    const isAmong = this.#hasIpv6 || !ip.includes(":");
    if (!isAmong) return undefined;
    this.#records.begin();
    return this.#reader.get(ip);
  }
}

function triedAddresses(): readonly string[] {
  const ipv4 = Array.from({ length: 2 ** TRIED_IPV4_BITS }, (_, index) => {
    const high = index << (16 - TRIED_IPV4_BITS);
    return `${high >> 8}.${high & 0xff}.0.0`;
  });
  const ipv6 = Array.from({ length: 2 ** TRIED_IPV6_BITS }, (_, index) => {
    const group = 0x2000 + (index << (13 - TRIED_IPV6_BITS));
    return `${group.toString(16)}::`;
  });
  return [...ipv4, ...ipv6];
}
