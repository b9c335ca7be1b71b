/** Charts over time. The library that draws them is loaded with the first of them. */
import { el } from "./element.js";

/** @typedef {{ readonly label: string, readonly colour: number, readonly values: readonly (number | null)[], readonly isFilled?: boolean }} Line */
/** @typedef {{ readonly at: readonly number[], readonly lines: readonly Line[], readonly unit: string, readonly most?: number | undefined }} Series */

/** Colours of lines as `page.css` numbers them. */
const COLOURS = 6;
const HEIGHT_PX = 150;
const AXIS_PX = 46;

/** One chart. It follows the width of where it stands. */
export class Chart {
  /** @type {any} */
  #plot;
  /** @type {Series | undefined} */
  #series;
  /** How the plot was made: other lines need another one. */
  #shape = "";
  #isDrawing = false;
  element = el("div", { class: "chart", "aria-hidden": "true" });
  #resizing = new ResizeObserver(() => this.#fit());

  /** @param {Series} series */
  show(series) {
    this.#series = series;
    this.#resizing.observe(this.element);
    if (!this.#isDrawing) this.#draw();
  }

  /** Ends it; an observer would hold it. */
  close() {
    this.#resizing.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#series = undefined;
  }

  /** @returns {Promise<void>} */
  async #draw() {
    this.#isDrawing = true;
    const Plot = await plotLibrary().catch(() => undefined);
    this.#isDrawing = false;
    if (Plot === undefined) return;
    const series = this.#series;
    if (series === undefined) return;
    const data = [series.at, ...series.lines.map(({ values }) => values)];
    const shape = JSON.stringify([
      series.lines.map(({ label }) => label),
      series.most,
      colourOf("--text"),
    ]);
    if (this.#plot !== undefined && shape === this.#shape) {
      this.#plot.setData(data);
      return;
    }
    this.#plot?.destroy();
    this.#shape = shape;
    const options = optionsOf(series, this.element.clientWidth || 320);
    this.#plot = new Plot(options, data, this.element);
  }

  #fit() {
    const width = this.element.clientWidth;
    if (width > 0) this.#plot?.setSize({ width, height: HEIGHT_PX });
  }
}

/**
 * The library, whose script leaves it in the global scope.
 *
 * @returns {Promise<any>}
 */
function plotLibrary() {
  const { promise, resolve, reject } = Promise.withResolvers();
  const found = () => Reflect.get(globalThis, "uPlot");
  if (found() !== undefined) return Promise.resolve(found());
  document.head.append(
    el("link", { rel: "stylesheet", href: "/_opsen/ui/uplot.css" }),
    el("script", {
      src: "/_opsen/ui/uplot.js",
      load: () => resolve(found()),
      error: () => reject(new Error('Cannot load "uplot.js"')),
    }),
  );
  return promise;
}

/**
 * @param {Series} series
 * @param {number} width
 */
function optionsOf({ lines, unit, most }, width) {
  const axis = {
    stroke: colourOf("--muted"),
    grid: { stroke: colourOf("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
  return {
    width,
    height: HEIGHT_PX,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: {
        range: (
          /** @type {unknown} */ _plot,
          /** @type {number | null} */ _low,
          /** @type {number | null} */ high,
        ) => [0, most ?? Math.max(1, (high ?? 0) * 1.1)],
      },
    },
    axes: [
      { ...axis, space: 64, size: 28, values: timeLabels },
      {
        ...axis,
        size: AXIS_PX,
        space: 32,
        values: (/** @type {unknown} */ _plot, /** @type {number[]} */ marks) =>
          marks.map((value) => `${value}${unit}`),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, isFilled }) => ({
        label,
        stroke: colourOf(`--series-${colour % COLOURS}`),
        width: 1.5,
        points: { show: false },
        ...(isFilled &&
          { fill: colourOf(`--series-${colour % COLOURS}-soft`) }),
      })),
    ],
  };
}

/**
 * @param {unknown} _plot
 * @param {readonly number[]} instants seconds; what is between two of them has no label of its own
 */
function timeLabels(_plot, instants) {
  const spanS = (instants.at(-1) ?? 0) - (instants[0] ?? 0);
  return instants.map((atS) => {
    if (!Number.isInteger(atS)) return null;
    const date = new Date(atS * 1000);
    return spanS > 2 * 86_400
      ? date.toLocaleDateString([], { month: "short", day: "numeric" })
      : date.toLocaleTimeString([], {
        hour: "2-digit",
        minute: "2-digit",
        hour12: false,
        ...(spanS < 240 && { second: "2-digit" }),
      });
  });
}

/**
 * The colour as the page has it now; a canvas knows no custom properties.
 *
 * @param {string} name
 */
function colourOf(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
