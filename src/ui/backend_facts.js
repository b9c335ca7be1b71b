/** What else is known of a backend: where it is, what it holds, when it was last heard of. */
import { placeOf } from "./condition.js";
import { el } from "./element.js";
import { ago, counted, fixed, gigabytes, span } from "./words.js";

/** @import { ClientView } from "../wire/client_view.ts" */

/**
 * Pairs of terms and what is said of them.
 *
 * @param {ClientView} client
 * @param {number} nowMs
 */
export function factsOf(client, nowMs) {
  const { held, latency_ms: latencyMs, conflict } = client;
  /** @type {[string, string][]} */
  const facts = [
    ["Host", client.hostname],
    ["Endpoint", client.endpoint],
    ["Place", placeOf(client) || "not known"],
    [
      "Held",
      `${counted(held.leases, "lease")}, ${fixed(held.vcpu)} vCPU, ${
        gigabytes(held.memory_gb)
      } memory, ${gigabytes(held.storage_gb)} disk`,
    ],
    [
      "Probes",
      `${client.health_status}${
        latencyMs > 0 ? `, ${fixed(latencyMs)} ms` : ""
      }`,
    ],
    ["Last report", ago(client.last_seen, nowMs)],
  ];
  if (client.gpu_models.length > 0) {
    facts.push(["GPUs", [...new Set(client.gpu_models)].join(", ")]);
  }
  if (client.drain !== undefined) {
    const { since, deadline } = client.drain;
    facts.push(["Draining", `for ${span((nowMs - Date.parse(since)) / 1000)}`]);
    if (deadline !== undefined) {
      const leftS = (Date.parse(deadline) - nowMs) / 1000;
      facts.push(["Deadline", leftS > 0 ? `in ${span(leftS)}` : "has passed"]);
    }
  }
  if (conflict !== undefined) {
    facts.push([
      "Id also used by",
      [...conflict.hostnames, ...conflict.addresses].join(", "),
    ]);
  }
  return facts.map(([name, text]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, text))
  );
}
