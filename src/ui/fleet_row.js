/** One row of the fleet: made once, then shown for whichever backend is in sight. */
import {
  badgeOf,
  conditionOf,
  cpuOf,
  gpuOf,
  placeOf,
  reasonOf,
  shareOf,
} from "./condition.js";
import { el, mark, say } from "./element.js";
import { Bar, Strip } from "./gauges.js";
import {
  backendName,
  counted,
  fixed,
  gigabytes,
  percent,
  span,
  usedOf,
} from "./words.js";

/** @import { ClientView } from "../wire/client_view.ts" */

/** A row. Its cells keep their elements for good, so that a tick changes text and little else. */
export class FleetRow {
  id = "";
  link = el("a", { class: "name", tabindex: "-1", href: "#fleet" });
  #place = el("span", { class: "sub" });
  #badge = el("span", { class: "badge" });
  #reason = el("span", { class: "sub" });
  #cpuStrip = new Strip();
  #cpu = metric("CPU", this.#cpuStrip.element);
  #memoryBar = new Bar();
  #memory = metric("Memory", this.#memoryBar.element);
  #diskBar = new Bar();
  #disk = metric("Disk", this.#diskBar.element);
  #gpuStrip = new Strip();
  #gpu = metric("GPU", this.#gpuStrip.element);
  #leases = el("span");
  #holds = el("span", { class: "sub" });
  #latency = el("span");
  #seen = el("span", { class: "sub" });
  element = el(
    "div",
    { role: "row", class: "row" },
    cell("name-cell", this.link, this.#place),
    cell("state-cell", this.#badge, this.#reason),
    cell("metric-cell", ...this.#cpu.parts),
    cell("metric-cell", ...this.#memory.parts),
    cell("metric-cell", ...this.#disk.parts),
    cell("metric-cell", ...this.#gpu.parts),
    cell("number-cell holds-cell", this.#leases, this.#holds),
    cell("number-cell seen-cell", this.#latency, this.#seen),
  );

  /**
   * @param {ClientView} client
   * @param {number} index of all rows
   * @param {number} top px
   * @param {number} nowMs
   */
  show(client, index, top, nowMs) {
    this.#showName(client);
    this.#showState(client);
    this.#showMetrics(client);
    const { held, latency_ms: latencyMs } = client;
    say(this.#leases, counted(held.leases, "lease"));
    say(
      this.#holds,
      held.leases === 0
        ? "nothing held"
        : `${Math.round(held.vcpu * 10) / 10} vCPU · ${
          gigabytes(held.memory_gb)
        }`,
    );
    say(this.#latency, latencyMs > 0 ? `${fixed(latencyMs)} ms` : "–");
    say(
      this.#seen,
      `${span((nowMs - Date.parse(client.last_seen)) / 1000)} ago`,
    );
    mark(this.element, "aria-rowindex", `${index + 2}`);
    this.element.style.transform = `translateY(${top}px)`;
  }

  /** @param {ClientView} client */
  #showName(client) {
    const id = client.client_id;
    if (this.id !== id) {
      this.id = id;
      this.link.href = `#fleet/${encodeURIComponent(id)}`;
    }
    const name = backendName(id, client.hostname);
    say(this.link, name);
    const other = name === id ? client.hostname : id;
    const parts = [placeOf(client), other === name ? "" : other];
    say(this.#place, parts.filter((one) => one !== "").join(" · "));
  }

  /** @param {ClientView} client */
  #showState(client) {
    mark(this.#badge, "data-condition", conditionOf(client));
    say(this.#badge, badgeOf(client));
    const reason = reasonOf(client);
    say(this.#reason, reason);
    mark(this.#reason, "title", reason === "" ? undefined : reason);
  }

  /** @param {ClientView} client */
  #showMetrics(client) {
    const { gpus, memory_used_gb: used, memory_total_gb: total } = client;
    this.#cpuStrip.show(client.cpu_usage_pct);
    const isKnown = client.cpu_usage_pct.length > 0;
    this.#cpu.say(
      percent(isKnown ? cpuOf(client) : NaN),
      counted(client.cpu_cores, "core"),
    );
    this.#memoryBar.show(shareOf(used, total));
    this.#memory.say(...usedOf(isKnown || used > 0 ? used : NaN, total));
    const { disk_used_gb: diskUsed, disk_total_gb: diskTotal } = client;
    this.#diskBar.show(shareOf(diskUsed, diskTotal));
    this.#disk.say(
      ...usedOf(isKnown || diskUsed > 0 ? diskUsed : NaN, diskTotal),
    );
    this.#gpuStrip.show(
      gpus.flatMap((gpu) => [
        gpu.utilization_pct,
        100 * shareOf(gpu.memory_used_gb, gpu.memory_total_gb),
      ]),
      2,
    );
    this.#gpu.say(
      gpus.length === 0 ? "–" : percent(gpuOf(client)),
      gpus.length === 0 ? "" : vramOf(gpus),
    );
    mark(
      this.#gpuStrip.element,
      "data-empty",
      gpus.length === 0 ? "" : undefined,
    );
  }
}

/** @param {ClientView["gpus"]} gpus */
function vramOf(gpus) {
  const used = gpus.reduce((sum, gpu) => sum + gpu.memory_used_gb, 0);
  return `${gpus.length} × · ${gigabytes(used)}`;
}

/**
 * A figure, what it is a part of, and the picture of both.
 *
 * @param {string} label said where the columns have no heads
 * @param {Element} picture
 */
function metric(label, picture) {
  const value = el("span", { class: "value" });
  const rest = el("span", { class: "sub" });
  const name = el(
    "span",
    { class: "metric-label", "aria-hidden": "true" },
    label,
  );
  return {
    parts: [el("span", { class: "figures" }, name, value, rest), picture],
    /**
     * @param {string} valueText
     * @param {string} restText
     */
    say(valueText, restText) {
      say(value, valueText);
      say(rest, restText);
    },
  };
}

/**
 * @param {string} name
 * @param {...Node} children
 */
function cell(name, ...children) {
  return el("div", { role: "cell", class: `cell ${name}` }, ...children);
}
