/** All of one backend beside the view: its state and why, cores, GPUs, leases, history, and the buttons to drain it. */
import {
  badgeOf,
  conditionOf,
  cpuOf,
  heatOf,
  reasonOf,
  shareOf,
} from "./condition.js";
import { drainButton } from "./drain_buttons.js";
import { el, mark, say } from "./element.js";
import { Bar, Strip } from "./gauges.js";
import { factsOf } from "./backend_facts.js";
import { gpuCards } from "./gpu_cards.js";
import { HistoryCharts } from "./history.js";
import { leasesOn } from "./leases_on.js";
import { counted, fixed, percent, usedOf } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { ClientView } from "../wire/client_view.ts" */

/** The panel of the backend that the address names. */
export class BackendPanel {
  #model;
  #host;
  #id = "";
  #seenChanges = -1;
  /** @type {Element | null} */
  #opener = null;
  /** @type {HistoryCharts | undefined} */
  #history;
  #title = el("h2", { id: "panel-title", tabindex: "-1" });
  #badge = el("span", { class: "badge" });
  #reason = el("p", { class: "reason" });
  #actions = el("div", { class: "buttons" });
  #facts = el("dl", { class: "facts" });
  #cpu = gauge("CPU", new Strip());
  #memory = gauge("Memory", new Bar());
  #disk = gauge("Disk", new Bar());
  #cores = el("ol", { class: "cores", "aria-label": "Use of each core" });
  #gpus = el("section", { class: "part" });
  #leases = el("section", { class: "part" });
  #charts = el("div");

  /**
   * @param {HTMLElement} host
   * @param {Model} model
   */
  constructor(host, model) {
    this.#host = host;
    this.#model = model;
    host.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") leave();
    });
    host.append(
      el(
        "div",
        { class: "panel-head" },
        this.#title,
        this.#badge,
        el("button", {
          type: "button",
          class: "quiet icon",
          "aria-label": "Close the details",
          click: leave,
        }, "✕"),
      ),
      el(
        "div",
        { class: "panel-body" },
        this.#reason,
        this.#actions,
        el(
          "section",
          { class: "part" },
          this.#cpu.element,
          el(
            "details",
            {},
            el("summary", {}, "Each core"),
            this.#cores,
          ),
          this.#memory.element,
          this.#disk.element,
        ),
        this.#gpus,
        this.#leases,
        this.#charts,
        el("section", { class: "part" }, el("h3", {}, "About"), this.#facts),
      ),
    );
  }

  /**
   * Shows a backend; the empty id closes the panel.
   *
   * @param {string} id
   */
  open(id) {
    if (id === this.#id) return;
    this.#history?.close();
    this.#history = undefined;
    const isFirst = this.#id === "";
    this.#id = id;
    this.#seenChanges = -1;
    this.#host.hidden = id === "";
    document.body.classList.toggle("has-panel", id !== "");
    say(this.#title, this.#model.nameOf(id));
    if (id === "") return this.#giveBack();
    if (isFirst) this.#opener = document.activeElement;
    this.#history = new HistoryCharts(id);
    this.#charts.replaceChildren(this.#history.element);
    this.#leases.replaceChildren();
    leasesOn(id, this.#leases, this.#model);
    this.paint();
    this.#title.focus({ preventScroll: true });
  }

  /** The colours have changed; charts are drawn with those of before. */
  recolour() {
    this.#history?.load();
  }

  /** Brings it up to date. */
  paint() {
    const { clients, fleetChanges } = this.#model;
    if (this.#id === "" || fleetChanges === this.#seenChanges) return;
    this.#seenChanges = fleetChanges;
    this.#history?.refresh();
    const client = clients.get(this.#id);
    if (client !== undefined) return this.#show(client);
    mark(this.#badge, "data-condition", "unknown");
    say(this.#badge, fleetChanges === 0 ? "…" : "Unknown");
    say(this.#reason, fleetChanges === 0 ? "" : "It is not in the fleet.");
    this.#actions.replaceChildren();
  }

  /** @param {ClientView} client */
  #show(client) {
    mark(this.#badge, "data-condition", conditionOf(client));
    say(this.#badge, badgeOf(client));
    say(this.#reason, sentenceOf(client));
    this.#showActions(client);
    const { memory_used_gb: used, memory_total_gb: total } = client;
    const { disk_used_gb: diskUsed, disk_total_gb: diskTotal } = client;
    this.#cpu.show(
      client.cpu_usage_pct,
      percent(cpuOf(client)),
      `of ${counted(client.cpu_cores, "core")}`,
    );
    this.#memory.show(shareOf(used, total), ...usedOf(used, total));
    this.#disk.show(
      shareOf(diskUsed, diskTotal),
      ...usedOf(diskUsed, diskTotal),
    );
    showCores(this.#cores, client.cpu_usage_pct);
    this.#gpus.replaceChildren(...gpuCards(client.gpus));
    this.#gpus.hidden = client.gpus.length === 0;
    renew(this.#facts, factsOf(client, this.#model.nowMs));
  }

  /**
   * Made anew only when another button is due: whoever is about to press it must not lose it.
   *
   * @param {ClientView} client
   */
  #showActions(client) {
    const wanted = this.#model.mayChange
      ? `${client.client_id} ${client.drain?.by.join() ?? "in service"}`
      : "";
    if (this.#actions.dataset.wanted === wanted) return;
    this.#actions.dataset.wanted = wanted;
    const button = wanted === "" ? undefined : drainButton(client);
    this.#actions.replaceChildren(...(button === undefined ? [] : [button]));
  }

  #giveBack() {
    const opener = this.#opener;
    if (opener instanceof HTMLElement && opener.isConnected) {
      opener.focus({ preventScroll: true });
    }
  }
}

function leave() {
  location.hash = location.hash.replace(/\/.*$/, "");
}

/**
 * Pairs that are as before stay: somebody may be about to copy one.
 *
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} pairs
 */
function renew(list, pairs) {
  const isSame = list.children.length === pairs.length &&
    pairs.every((pair, index) =>
      pair.firstElementChild?.textContent ===
        list.children[index]?.firstElementChild?.textContent
    );
  if (!isSame) return list.replaceChildren(...pairs);
  for (const [index, { lastElementChild: fresh }] of pairs.entries()) {
    const old = list.children[index]?.lastElementChild ?? null;
    say(old, fresh?.textContent ?? "");
  }
}

/** @param {ClientView} client */
function sentenceOf(client) {
  const { drain } = client;
  if (drain === undefined) {
    const reason = reasonOf(client);
    if (!client.routable) return `No new work: ${reason}.`;
    return `It takes new work${reason === "" ? "" : `, but ${reason}`}.`;
  }
  const by = drain.by.join(" and ");
  const left = `${counted(drain.sessions, "session")} and ${
    counted(drain.in_flight, "request")
  } left`;
  const probes = client.health_status === "unhealthy" ? " Probes fail." : "";
  return `${
    drain.state === "drained" ? "Drained" : "Draining"
  } by ${by}: ${left}.${probes}`;
}

/**
 * @template {string} Value
 * @param {string} label
 * @param {{ element: Element, show(value: any): void }} picture
 */
function gauge(label, picture) {
  const value = el("span", { class: "value" });
  const rest = el("span", { class: "sub" });
  return {
    element: el(
      "div",
      { class: "gauge" },
      el(
        "span",
        { class: "figures" },
        el("span", { class: "gauge-label" }, label),
        value,
        rest,
      ),
      picture.element,
    ),
    /**
     * @param {any} shown
     * @param {string} valueText
     * @param {string} restText
     */
    show(shown, valueText, restText) {
      picture.show(shown);
      say(value, valueText);
      say(rest, restText);
    },
  };
}

/**
 * @param {HTMLOListElement} list
 * @param {readonly number[]} cores
 */
function showCores(list, cores) {
  while (list.children.length > cores.length) list.lastElementChild?.remove();
  for (const [index, use] of cores.entries()) {
    const item = list.children[index] ??
      list.appendChild(el("li", {}, el("span")));
    say(item.firstElementChild, fixed(use, 0));
    mark(item, "data-heat", heatOf(use / 100));
    /** @type {HTMLElement} */ (item).style.setProperty(
      "--share",
      `${Math.round(use) / 100}`,
    );
  }
}
