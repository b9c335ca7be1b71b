/** Great-circle distances, and a bounded cache of them: one row per caller cell, one number or two per backend. */
import type { Place } from "./backend.ts";

/** Mean radius of the Earth in km, as the documented rule uses it. */
export const EARTH_RADIUS_KM = 6371;

/** Numbers kept in all: 32 MB, in fleets of up to 131,072 backends, which are more than a server may have. */
const NUMBERS_MAX = 2 ** 22;
/** Rows kept at most, for callers in so many places, and at least, a power of two each. */
const CELLS_MAX = 4096;
const CELLS_MIN = 16;
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

/** Distances from one caller to every backend, in fleet order. */
export interface Distances {
  /** Kilometres; 0 for a backend without a place. */
  readonly km: Float64Array;
  /** What they count for a session; the very same array when a kilometre is a point. */
  readonly points: Float64Array;
}

/** Cached distances and the fleet they were computed for. */
interface Row extends Coordinates, Distances {
  layout: number;
  filled: number;
  km: Float64Array;
  points: Float64Array;
}

/** Rows of distances. One is extended when backends were added and thrown away when one moved or left. */
export class DistanceRows {
  readonly #pointsOf: ((km: number) => number) | undefined;
  #rows: (Row | undefined)[] = [];
  #layout = 0;

  /** No rows yet; `pointsOf` says what kilometres count for a session, if that is not one point each. */
  constructor(pointsOf?: (km: number) => number) {
    this.#pointsOf = pointsOf;
  }

  /** Tells that a backend moved or left, so that no row holds any longer. */
  invalidate(): void {
    this.#layout++;
  }

  /** The row of a caller; valid until the next call. `places` is the fleet's, in order. */
  from(
    caller: Coordinates,
    places: readonly (Place | undefined)[],
  ): Distances {
    const arrays = this.#pointsOf === undefined ? 1 : 2;
    const cells = cellsFor(arrays * places.length);
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
        km: row?.km ?? NOTHING,
        points: row?.points ?? NOTHING,
      };
      this.#rows[cell] = row;
    }
    if (row.filled < places.length) {
      // As many backends as this number of rows is meant for, so that rows that grow stay within the bound.
      const most = NUMBERS_MAX / (arrays * cells);
      fill(row, places, most, this.#pointsOf);
    }
    return row;
  }
}

const NOTHING = new Float64Array(0);

function fill(
  row: Row,
  places: readonly (Place | undefined)[],
  most: number,
  pointsOf: ((km: number) => number) | undefined,
): void {
  const { length } = places;
  if (row.km.length < length) {
    const capacity = Math.max(length, Math.min(most, 2 * row.km.length));
    row.km = grown(row.km, capacity);
    row.points = pointsOf === undefined ? row.km : grown(row.points, capacity);
  }
  const { km, points } = row;
  for (let i = row.filled; i < length; i++) {
    const place = places[i];
    km[i] = place === undefined ? 0 : distanceKm(row, place);
    if (pointsOf !== undefined) points[i] = pointsOf(km[i]!);
  }
  row.filled = length;
}

function grown(array: Float64Array, capacity: number): Float64Array {
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}

/** As many rows as there is memory for, the fewer the longer they are. */
function cellsFor(numbers: number): number {
  let cells = CELLS_MAX;
  while (cells > CELLS_MIN && cells * numbers > NUMBERS_MAX) cells /= 2;
  return cells;
}

/** Sixteen bits that are the same for the same place. */
export function hashOf(caller: Coordinates): number {
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
