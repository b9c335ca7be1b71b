/** Which backends the table shows, and in which order. */
import {
  conditionOf,
  CONDITIONS,
  cpuOf,
  gpuOf,
  placeOf,
  shareOf,
} from "./condition.js";

/** @import { ClientView } from "../wire/client_view.ts" */
/** @import { Condition } from "./condition.js" */

/** @typedef {"name" | "state" | "cpu" | "memory" | "disk" | "gpu" | "held" | "latency"} Column */
/**
 * @typedef {{ column: Column, isDescending: boolean, text: string, condition: Condition | "all" }} Order
 */

/**
 * What a column is sorted by. Names sort as people count: rack-2 before rack-10.
 * @type {Readonly<Record<Exclude<Column, "name">, (client: ClientView) => number>>}
 */
const KEYS = {
  state: (client) => CONDITIONS.indexOf(conditionOf(client)),
  cpu: cpuOf,
  memory: (client) => shareOf(client.memory_used_gb, client.memory_total_gb),
  disk: (client) => shareOf(client.disk_used_gb, client.disk_total_gb),
  gpu: (client) => client.gpus.length === 0 ? -1 : gpuOf(client),
  held: (client) => client.held.leases,
  latency: (client) => client.latency_ms,
};

const NAMES = new Intl.Collator("en", { numeric: true });

/**
 * The ids in order.
 *
 * @param {ReadonlyMap<string, ClientView>} clients
 * @param {Order} order
 * @returns {string[]}
 */
export function orderedIds(clients, { column, isDescending, text, condition }) {
  const wanted = text.trim().toLowerCase();
  const keyed = [];
  for (const client of clients.values()) {
    if (condition !== "all" && conditionOf(client) !== condition) continue;
    if (wanted !== "" && !textOf(client).includes(wanted)) continue;
    const key = column === "name" ? 0 : KEYS[column](client);
    keyed.push({ id: client.client_id, key });
  }
  const sign = isDescending ? -1 : 1;
  keyed.sort((a, b) => sign * (a.key - b.key || NAMES.compare(a.id, b.id)));
  return keyed.map(({ id }) => id);
}

/**
 * How many there are of each condition.
 *
 * @param {ReadonlyMap<string, ClientView>} clients
 * @returns {Record<Condition | "all", number>}
 */
export function conditionCounts(clients) {
  const counts = {
    all: clients.size,
    ready: 0,
    full: 0,
    draining: 0,
    ejected: 0,
    unhealthy: 0,
    silent: 0,
  };
  for (const client of clients.values()) counts[conditionOf(client)]++;
  return counts;
}

/** @param {ClientView} client */
function textOf(client) {
  return [
    client.client_id,
    client.hostname,
    client.endpoint,
    placeOf(client),
    client.not_routable_because ?? "",
    ...client.gpu_models,
  ].join("\n").toLowerCase();
}
