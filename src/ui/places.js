/** Machines and callers by place: neighbours are one point on the map. */
import { conditionOf, hasPlace, placeOf } from "./condition.js";
import { coordinates } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { ClientView } from "../wire/client_view.ts" */

/** Degrees; what is nearer than this is one point. */
const CELL = 2;
/** Lines beyond this are a tangle; the busiest are drawn. */
export const ROUTES_MAX = 40;

/** @typedef {{ readonly latitude: number, readonly longitude: number }} Place */
/** @typedef {{ readonly place: Place, readonly name: string, readonly ids: string[], readonly busy: number, readonly ready: number }} Site */
/** @typedef {{ readonly place: Place, placed: number, refused: number }} Origin */
/** @typedef {{ readonly from: Place, readonly to: Place, many: number }} Route */

/**
 * Where the machines are.
 *
 * @param {ReadonlyMap<string, ClientView>} clients
 * @returns {Site[]}
 */
export function sitesOf(clients) {
  /** @type {Map<string, ClientView[]>} */
  const cells = new Map();
  for (const client of clients.values()) {
    if (!hasPlace(client)) continue;
    const key = cellOf(client.location);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [client]);
    else cell.push(client);
  }
  return [...cells.values()].map(siteOf)
    .sort((a, b) => b.ids.length - a.ids.length);
}

/**
 * Where the callers of the decisions that are known were, and which way they were sent.
 *
 * @param {Model} model
 * @returns {{ origins: Origin[], routes: Route[] }}
 */
export function callersOf({ decisions, clients }) {
  /** @type {Map<string, Origin>} */
  const origins = new Map();
  /** @type {Map<string, Route>} */
  const routes = new Map();
  for (const { place, outcome, client_id: id } of decisions) {
    if (place === undefined) continue;
    const from = cellOf(place);
    const origin = origins.get(from) ?? { place, placed: 0, refused: 0 };
    origins.set(from, origin);
    if (outcome === "placed") origin.placed++;
    else origin.refused++;
    const client = clients.get(id ?? "");
    if (client === undefined || !hasPlace(client)) continue;
    const to = client.location;
    const key = `${from}>${cellOf(to)}`;
    const route = routes.get(key) ?? { from: origin.place, to, many: 0 };
    routes.set(key, route);
    route.many++;
  }
  return {
    origins: [...origins.values()].sort((a, b) => total(b) - total(a)),
    routes: [...routes.values()].sort((a, b) => b.many - a.many)
      .slice(0, ROUTES_MAX),
  };
}

/** @param {Origin} origin */
export function total({ placed, refused }) {
  return placed + refused;
}

/** @param {Place} place */
function cellOf({ latitude, longitude }) {
  return `${Math.round(latitude / CELL)},${Math.round(longitude / CELL)}`;
}

/**
 * @param {readonly ClientView[]} clients at least one
 * @returns {Site}
 */
function siteOf(clients) {
  const [first] = clients;
  const { latitude = 0, longitude = 0 } = first?.location ?? {};
  const names = [...new Set(clients.map(placeOf))].filter((one) => one !== "");
  const more = names.length > 2 ? ` and ${names.length - 2} more` : "";
  const conditions = clients.map(conditionOf);
  return {
    place: { latitude, longitude },
    name: names.length === 0
      ? coordinates(latitude, longitude)
      : `${names.slice(0, 2).join(" / ")}${more}`,
    ids: clients.map(({ client_id: id }) => id),
    ready: conditions.filter((one) => one === "ready").length,
    busy: conditions.filter((one) => one === "full").length,
  };
}
