/** What a backend reported over the last hour, day or week, as charts and, for those who don't see them, as figures. */
import { Chart } from "./charts.js";
import { el, mark } from "./element.js";
import { call } from "./request.js";
import { fixed, gigabytes, percent } from "./words.js";

/** @import { StatsHistory } from "../wire/stats_history.ts" */
/** @import { Line } from "./charts.js" */

const SPANS = /** @type {const} */ (["1h", "24h", "7d"]);
/** About one for each pixel of the chart. */
const POINTS = 400;
/** A panel may stay open all night. */
const REFRESH_MS = 60_000;
/** More lines than this can't be told apart. */
const CARDS_MAX = 6;

/** @typedef {(typeof SPANS)[number]} Span */
/** @typedef {{ title: string, unit: string, lines: readonly Line[], most?: number | undefined, words: (value: number) => string }} Figure */

/** The charts of one backend. */
export class HistoryCharts {
  #id;
  /** @type {Span} */
  #span = "1h";
  /** @type {Chart[]} */
  #charts = [];
  #asked = 0;
  #askedAtMs = 0;
  #body = el("div", { class: "charts" });
  #buttons = SPANS.map((span) =>
    el("button", {
      type: "button",
      class: "chip",
      "aria-pressed": `${span === "1h"}`,
      click: () => this.#choose(span),
    }, span)
  );
  element = el(
    "section",
    { class: "part" },
    el(
      "div",
      { class: "part-head" },
      el("h3", {}, "History"),
      el(
        "div",
        { class: "chips", role: "group", "aria-label": "Span" },
        ...this.#buttons,
      ),
    ),
    this.#body,
  );

  /** @param {string} id */
  constructor(id) {
    this.#id = id;
    this.load();
  }

  /** Ends the charts. */
  close() {
    this.#asked++;
    for (const chart of this.#charts) chart.close();
    this.#charts = [];
  }

  /** @param {Span} span */
  #choose(span) {
    this.#span = span;
    for (const [index, one] of SPANS.entries()) {
      const button = this.#buttons[index];
      if (button) mark(button, "aria-pressed", `${one === span}`);
    }
    this.load();
  }

  /** Asks anew when what is drawn is old. */
  refresh() {
    if (performance.now() - this.#askedAtMs > REFRESH_MS) this.load();
  }

  /** Asks anew, and draws what comes. */
  async load() {
    const asked = ++this.#asked;
    this.#askedAtMs = performance.now();
    try {
      const id = encodeURIComponent(this.#id);
      const history = await call(
        "GET",
        `/_opsen/stats/${id}?last=${this.#span}&points=${POINTS}`,
      );
      if (asked === this.#asked) this.#show(history);
    } catch (error) {
      if (asked !== this.#asked) return;
      const words = error instanceof Error ? error.message : "";
      this.#body.replaceChildren(el("p", { class: "fault" }, words));
    }
  }

  /** @param {StatsHistory} history */
  #show(history) {
    for (const chart of this.#charts) chart.close();
    this.#charts = [];
    if (history.at.length === 0) {
      this.#body.replaceChildren(
        el("p", { class: "empty" }, "Nothing was reported in that time."),
      );
      return;
    }
    this.#body.replaceChildren(
      ...figuresOf(history).map((figure) => this.#figure(history.at, figure)),
    );
  }

  /**
   * @param {readonly number[]} at
   * @param {Figure} figure
   */
  #figure(at, { title, unit, lines, most, words }) {
    const chart = new Chart();
    this.#charts.push(chart);
    chart.show({ at, lines, unit, most });
    return el(
      "figure",
      {},
      el(
        "figcaption",
        {},
        el("span", { class: "chart-title" }, title),
        ...lines.map(({ label, colour, values }) =>
          el(
            "span",
            { class: "key" },
            el("i", {
              class: `swatch series-${colour}`,
              "aria-hidden": "true",
            }),
            `${label} ${summary(values, words)}`,
          )
        ),
      ),
      chart.element,
    );
  }
}

/**
 * @param {StatsHistory} history
 * @returns {Figure[]}
 */
function figuresOf(history) {
  const { gpus } = history;
  const cards = gpus.slice(0, CARDS_MAX);
  const figures = [
    {
      title: "CPU",
      unit: " %",
      most: 100,
      words: percent,
      lines: [
        { label: "mean", colour: 0, values: history.cpu_pct, isFilled: true },
        { label: "busiest core", colour: 1, values: history.cpu_max_pct },
      ],
    },
    sized("Memory", history.memory_used_gb, history.memory_total_gb),
    sized("Disk", history.disk_used_gb, history.disk_total_gb),
  ];
  if (cards.length === 0) return figures;
  return [
    ...figures,
    {
      title: "GPU use",
      unit: " %",
      most: 100,
      words: percent,
      lines: cards.map((gpu, colour) => ({
        label: `#${gpu.device_id}`,
        colour,
        values: gpu.utilization_pct,
      })),
    },
    {
      title: "GPU memory",
      unit: "",
      most: highest(cards.flatMap((gpu) => gpu.memory_total_gb)),
      words: gigabytes,
      lines: cards.map((gpu, colour) => ({
        label: `#${gpu.device_id}`,
        colour,
        values: gpu.memory_used_gb,
      })),
    },
    {
      title: "GPU temperature",
      unit: "°",
      words: (/** @type {number} */ value) => `${fixed(value, 0)} °C`,
      lines: cards.map((gpu, colour) => ({
        label: `#${gpu.device_id}`,
        colour,
        values: gpu.temperature_c,
      })),
    },
  ];
}

/**
 * @param {string} title
 * @param {readonly (number | null)[]} used
 * @param {readonly (number | null)[]} total
 */
function sized(title, used, total) {
  return {
    title: `${title}, GB`,
    unit: "",
    most: highest(total),
    words: gigabytes,
    lines: [{ label: "used", colour: 0, values: used, isFilled: true }],
  };
}

/** @param {readonly (number | null)[]} values */
function highest(values) {
  const most = values.reduce((most, one) => Math.max(most ?? 0, one ?? 0), 0);
  return most === null || most <= 0 ? undefined : most;
}

/**
 * @param {readonly (number | null)[]} values
 * @param {(value: number) => string} words
 */
function summary(values, words) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  return `${words(mean)}, at most ${words(Math.max(...known))}`;
}
