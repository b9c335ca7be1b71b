/** Great-circle distances, and a bounded cache of them: one row per caller cell, one number per backend. */
import type { Place } from "./backend.ts";

/** Mean radius of the Earth in km, as the documented rule uses it. */
export const EARTH_RADIUS_KM = 6371;

/** Distances kept in all: 32 MB. */
const DISTANCES_MAX = 2 ** 22;
/** Rows kept at most, for callers in so many places, and at least, a power of two each. */
const CELLS_MAX = 4096;
const CELLS_MIN = 64;
/** Cells are told apart by ten-thousandths of a degree (11 m) when they are hashed; a hit compares exactly. */
const CELL_GRAIN = 10_000;
const RADIANS = Math.PI / 180;

/** Degrees north and east. */
export interface Coordinates {
  /** Degrees north, -90 to 90. */
  readonly latitude: number;
  /** Degrees east, -180 to 180. */
  readonly longitude: number;
}

/**
 * Distance in km by the haversine formula on a sphere.
 *
 * Source: R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68 (1984).
 */
export function distanceKm(from: Coordinates, to: Coordinates): number {
  const half = haversine(
    from.latitude * RADIANS,
    from.longitude * RADIANS,
    to.latitude * RADIANS,
    to.longitude * RADIANS,
  );
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** A cached row and the fleet it was computed for. */
interface Row extends Coordinates {
  layout: number;
  filled: number;
  km: Float64Array;
}

/**
 * Distances from one caller to every backend, in fleet order. A row is extended when backends were added and thrown
 * away when one moved or left. Backends without a place are 0 km away.
 */
export class DistanceRows {
  #rows: (Row | undefined)[] = [];
  #layout = 0;

  /** Tells that a backend moved or left, so that no row holds any longer. */
  invalidate(): void {
    this.#layout++;
  }

  /** The row of a caller; valid until the next call. `places` is the fleet's, in order. */
  from(
    caller: Coordinates,
    places: readonly (Place | undefined)[],
  ): Float64Array {
    const cells = cellsFor(places.length);
    if (this.#rows.length !== cells) {
      this.#rows = new Array<Row | undefined>(cells).fill(undefined);
    }
    const cell = hashOf(caller) & (cells - 1);
    let row = this.#rows[cell];
    if (
      row === undefined || row.layout !== this.#layout ||
      row.latitude !== caller.latitude || row.longitude !== caller.longitude
    ) {
      row = {
        latitude: caller.latitude,
        longitude: caller.longitude,
        layout: this.#layout,
        filled: 0,
        km: row !== undefined && row.km.length >= places.length
          ? row.km
          : new Float64Array(places.length),
      };
      this.#rows[cell] = row;
    }
    if (row.filled < places.length) fill(row, places);
    return row.km;
  }
}

function fill(row: Row, places: readonly (Place | undefined)[]): void {
  if (row.km.length < places.length) {
    const grown = new Float64Array(Math.max(places.length, 2 * row.km.length));
    grown.set(row.km);
    row.km = grown;
  }
  for (let i = row.filled; i < places.length; i++) {
    const place = places[i];
    row.km[i] = place === undefined ? 0 : distanceKm(row, place);
  }
  row.filled = places.length;
}

/** As many rows as there is memory for, the fewer the larger the fleet is. */
function cellsFor(backends: number): number {
  let cells = CELLS_MAX;
  while (cells > CELLS_MIN && cells * backends > DISTANCES_MAX) cells /= 2;
  return cells;
}

function hashOf(caller: Coordinates): number {
  const north = Math.trunc(caller.latitude * CELL_GRAIN);
  const east = Math.trunc(caller.longitude * CELL_GRAIN);
  return (Math.imul(north, 0x9e3779b1) ^ Math.imul(east, 0x85ebca6b)) >>> 16;
}

function haversine(
  lat1: number,
  lon1: number,
  lat2: number,
  lon2: number,
): number {
  const north = Math.sin((lat2 - lat1) / 2);
  const east = Math.sin((lon2 - lon1) / 2);
  return north * north + Math.cos(lat1) * Math.cos(lat2) * east * east;
}
