/**
 * Where callers are, by their addresses. Owns the database in use and the answers to the addresses that asked last:
 * {@link ADDRESSES_MAX} in each of two generations.
 */
import { addressKind } from "../config/address_kind.ts";
import type { Place } from "../engine/backend.ts";
import type { Locator } from "../ports.ts";
import type { CityDatabase } from "./city_database.ts";
import { Generations } from "./generations.ts";

/** At most 5 MB in all, and more addresses than most servers hear of in a minute. */
const ADDRESSES_MAX = 8_192;

/** The longest address is one of IPv6 with a dotted end, 45 characters, and a zone, which is an interface's name. */
const ADDRESS_CHARS_MAX = 64;

/** What places come from. */
export interface PlaceSources {
  /** Knows public addresses; absent for none. */
  readonly database: CityDatabase | undefined;
  /** Where private, loopback, link-local, unique local and shared addresses are; absent for nowhere. */
  readonly localPlace: Place | undefined;
}

/** Locates. */
export class GeoLocator implements Locator {
  /** Null for an address without a place. */
  readonly #known = new Generations<string, Place | null>(ADDRESSES_MAX);
  #sources: PlaceSources = { database: undefined, localPlace: undefined };

  /** From now on places come from these. */
  use(sources: PlaceSources): void {
    this.#sources = sources;
    this.#known.clear();
  }

  locate(ip: string): Place | undefined {
    const { database, localPlace } = this.#sources;
    if (database === undefined && localPlace === undefined) return undefined;
    if (ip.length > ADDRESS_CHARS_MAX) return undefined;
    const known = this.#known.get(ip);
    if (known !== undefined) return known ?? undefined;
    const place = this.#find(ip);
    this.#known.set(ip, place ?? null);
    return place;
  }

  #find(ip: string): Place | undefined {
    const { database, localPlace } = this.#sources;
    const address = addressKind(ip);
    switch (address?.kind) {
      case "public":
        return database?.locate(address.ip);
      case "local":
        return localPlace;
      case "reserved":
      case undefined:
        return undefined;
    }
  }
}
