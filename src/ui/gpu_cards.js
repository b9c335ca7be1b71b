/** Each GPU of a backend: how busy, how full, how hot, and whether it holds itself back. */
import { shareOf } from "./condition.js";
import { el } from "./element.js";
import { Bar } from "./gauges.js";
import { fixed, percent, usedOf } from "./words.js";

/** @import { ClientView } from "../wire/client_view.ts" */
/** @typedef {ClientView["gpus"][number]} Gpu */

/**
 * A heading and a card for each.
 *
 * @param {readonly Gpu[]} gpus
 */
export function gpuCards(gpus) {
  return [
    el("h3", {}, "GPUs"),
    el("ul", { class: "cards" }, ...gpus.map(card)),
  ];
}

/** @param {Gpu} gpu */
function card(gpu) {
  const { memory_used_gb: used, memory_total_gb: total } = gpu;
  return el(
    "li",
    { class: "card" },
    el(
      "p",
      { class: "card-title" },
      el("span", {}, gpu.name || "GPU"),
      el("span", { class: "sub" }, `#${gpu.device_id}`),
    ),
    line("Use", percent(gpu.utilization_pct), "", gpu.utilization_pct / 100),
    line("Memory", ...usedOf(used, total), shareOf(used, total)),
    el(
      "p",
      { class: "sub" },
      [temperatureOf(gpu), powerOf(gpu)].filter((one) => one !== "")
        .join(" · "),
    ),
    gpu.throttled === true &&
      el(
        "p",
        { class: "notice-line" },
        `Throttled${
          gpu.throttle_reasons?.length
            ? `: ${gpu.throttle_reasons.join(", ").replaceAll("_", " ")}`
            : ""
        }`,
      ),
    (gpu.ecc_errors ?? 0) > 0 &&
      el("p", { class: "notice-line" }, `${gpu.ecc_errors} ECC errors`),
  );
}

/**
 * @param {string} label
 * @param {string} value
 * @param {string} rest
 * @param {number} share
 */
function line(label, value, rest, share) {
  const bar = new Bar();
  bar.show(share);
  return el(
    "div",
    { class: "gauge" },
    el(
      "span",
      { class: "figures" },
      el("span", { class: "gauge-label" }, label),
      el("span", { class: "value" }, value),
      el("span", { class: "sub" }, rest),
    ),
    bar.element,
  );
}

/** @param {Gpu} gpu */
function temperatureOf({ temperature_c: now, temperature_limit_c: limit }) {
  const of = limit === undefined ? "" : ` of ${fixed(limit, 0)}`;
  return `${fixed(now, 0)}${of} °C`;
}

/** @param {Gpu} gpu */
function powerOf({ power_draw_w: now, power_limit_w: limit }) {
  if (now === 0 && limit === undefined) return "";
  const of = limit === undefined ? "" : ` of ${fixed(limit, 0)}`;
  return `${fixed(now, 0)}${of} W`;
}
