/** How a backend stands, in one word that can be filtered by and one sentence. */

/** @import { ClientView } from "../wire/client_view.ts" */

/** @typedef {"ready" | "full" | "draining" | "ejected" | "unhealthy" | "silent"} Condition */

/** From good to bad. @type {readonly Condition[]} */
export const CONDITIONS = [
  "ready",
  "full",
  "draining",
  "ejected",
  "unhealthy",
  "silent",
];

/** @type {Readonly<Record<Condition, string>>} */
export const CONDITION_WORDS = {
  ready: "Ready",
  full: "No room",
  draining: "Draining",
  ejected: "Ejected",
  unhealthy: "Unhealthy",
  silent: "Silent",
};

/**
 * @param {ClientView} client
 * @returns {Condition}
 */
export function conditionOf(client) {
  if (!client.is_active) return "silent";
  if (client.drain !== undefined) return "draining";
  if (client.health_status === "unhealthy") return "unhealthy";
  const why = client.not_routable_because;
  if (why === null) return "ready";
  if (why.startsWith("ejected")) return "ejected";
  return /^(no report|last report)/.test(why) ? "silent" : "full";
}

/**
 * The badge: a drain that has ended is told apart.
 *
 * @param {ClientView} client
 */
export function badgeOf(client) {
  return client.drain?.state === "drained"
    ? "Drained"
    : CONDITION_WORDS[conditionOf(client)];
}

/**
 * Why it gets no work, or what else is of note; empty when nothing is. The server names the first obstacle alone, and
 * while most of the fleet is out failing probes are none.
 *
 * @param {ClientView} client
 */
export function reasonOf(client) {
  const { conflict, not_routable_because: why } = client;
  if (conflict !== undefined) {
    return `id is used by ${conflict.hostnames.length} machines`;
  }
  const isFailing = client.health_status === "unhealthy" &&
    why?.startsWith("unhealthy") !== true;
  return [isFailing ? "probes fail" : "", why ?? ""]
    .filter((one) => one !== "").join("; ");
}

/**
 * A place as one reads it; empty when it is not known.
 *
 * @param {ClientView} client
 */
export function placeOf({ location: { city, country } }) {
  return [city, country].filter((name) => name !== "").join(", ");
}

/** @param {ClientView} client */
export function hasPlace({ location: { latitude, longitude } }) {
  return latitude !== 0 || longitude !== 0;
}

/**
 * Percent, mean of the cores; 0 before the first report.
 *
 * @param {ClientView} client
 */
export function cpuOf({ cpu_usage_pct: cores }) {
  return cores.length === 0
    ? 0
    : cores.reduce((sum, core) => sum + core, 0) / cores.length;
}

/**
 * Percent, mean of the cards.
 *
 * @param {ClientView} client
 */
export function gpuOf({ gpus }) {
  return gpus.length === 0
    ? 0
    : gpus.reduce((sum, gpu) => sum + gpu.utilization_pct, 0) / gpus.length;
}

/**
 * 0 to 1.
 *
 * @param {number} used
 * @param {number} total
 */
export function shareOf(used, total) {
  return total > 0 ? Math.min(1, Math.max(0, used / total)) : 0;
}

/**
 * From where on a share is worth a colour.
 *
 * @param {number} share
 */
export function heatOf(share) {
  return share >= 0.9 ? "hot" : share >= 0.75 ? "warm" : "cool";
}
