/** Small pictures of figures: a bar, a strip of many bars, a line over time. They stand beside the figure itself. */
import { heatOf } from "./condition.js";
import { el, mark, svg } from "./element.js";

/** More cores than this would be thinner than a pixel; neighbours are averaged. */
const STRIP_BARS_MAX = 64;
/** Height of a strip in its own units; an idle core is still a line. */
const STRIP_HEIGHT = 100;
const STRIP_LEAST = 4;
/** Of a bar's width, what is its gap. */
const GAP = 0.22;

/** A bar that is so full. */
export class Bar {
  element = el("span", { class: "bar-track", "aria-hidden": "true" });
  #fill = el("span", { class: "bar-fill" });

  constructor() {
    this.element.append(this.#fill);
  }

  /** @param {number} share 0 to 1 */
  show(share) {
    const rounded = Math.round(share * 200) / 200;
    mark(this.#fill, "data-heat", heatOf(share));
    this.#fill.style.setProperty("--share", `${rounded}`);
  }
}

/** A bar for each core or card. Three paths, however many there are: a row has to be cheap. */
export class Strip {
  #cool = svg("path", { class: "cool" });
  #warm = svg("path", { class: "warm" });
  #hot = svg("path", { class: "hot" });
  element = svg(
    "svg",
    { class: "strip", preserveAspectRatio: "none", "aria-hidden": "true" },
    this.#cool,
    this.#warm,
    this.#hot,
  );

  /**
   * @param {readonly number[]} percents
   * @param {number} [inGroup] bars that stand close together, such as a card's use and its memory
   */
  show(percents, inGroup = 1) {
    const bars = thinned(percents);
    const paths = { cool: "", warm: "", hot: "" };
    for (const [index, percent] of bars.entries()) {
      const share = Math.min(1, Math.max(0, percent / 100));
      const height = Math.max(STRIP_LEAST, share * STRIP_HEIGHT);
      const isLast = index % inGroup === inGroup - 1;
      const width = 1 - (isLast ? GAP : 0);
      paths[heatOf(share)] += `M${index} ${STRIP_HEIGHT}v-${
        height.toFixed(0)
      }h${width}v${height.toFixed(0)}z`;
    }
    mark(
      this.element,
      "viewBox",
      `0 0 ${Math.max(1, bars.length)} ${STRIP_HEIGHT}`,
    );
    mark(this.#cool, "d", paths.cool);
    mark(this.#warm, "d", paths.warm);
    mark(this.#hot, "d", paths.hot);
  }
}

/**
 * A line over time, as the `d` of a path in a box of this size.
 *
 * @param {readonly number[]} values
 * @param {number} width
 * @param {number} height
 * @param {number} slots how many values fill the width
 */
export function linePath(values, width, height, slots) {
  const most = Math.max(1e-9, ...values);
  const start = slots - values.length;
  return values.map((value, index) => {
    const x = ((start + index) / Math.max(1, slots - 1)) * width;
    const y = height - (value / most) * height;
    return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join("");
}

/** @param {readonly number[]} percents */
function thinned(percents) {
  const each = Math.ceil(percents.length / STRIP_BARS_MAX);
  if (each <= 1) return percents;
  const means = [];
  for (let from = 0; from < percents.length; from += each) {
    const some = percents.slice(from, from + each);
    means.push(some.reduce((sum, one) => sum + one, 0) / some.length);
  }
  return means;
}
