/** Where machines are, where callers come from, and which machines they got: a map, and the same as tables. */
import { landDots } from "./coastline.js";
import { dataTable } from "./data_table.js";
import { el, say, svg } from "./element.js";
import { callersOf, sitesOf, total } from "./places.js";
import { coordinates, counted, whole } from "./words.js";

/** @import { Model } from "./model.js" */
/** @import { Origin, Place, Route, Site } from "./places.js" */

/** Units of the drawing for each degree. */
const SCALE = 3;
const NORTH = 84;
const SOUTH = -58;
const WIDTH = 360 * SCALE;
const HEIGHT = (NORTH - SOUTH) * SCALE;
const DOT = 2;
/** Rows of the tables; the rest is counted. */
const ROWS_MAX = 12;
/** The map is drawn anew when there is news, but a map that flickers is read by nobody. */
const REDRAW_MS = 2000;

/** The view. */
export class MapView {
  #model;
  #seen = "";
  #drawnAtMs = -Infinity;
  #routes = svg("g", { class: "routes" });
  #origins = svg("g", { class: "origins" });
  #sites = svg("g", { class: "sites" });
  #server = svg("g", { class: "server-mark" });
  #summary = el("p", { class: "sub", id: "map-summary" });
  #siteRows = el("tbody");
  #originRows = el("tbody");
  element = el(
    "section",
    { "aria-labelledby": "map-title" },
    el("h1", { class: "unseen", id: "map-title" }, "Map"),
    el(
      "div",
      { class: "map-frame" },
      svg(
        "svg",
        {
          class: "map",
          viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
          role: "img",
          "aria-label": "Map of machines and callers",
          "aria-describedby": "map-summary",
        },
        land(),
        this.#routes,
        this.#origins,
        this.#sites,
        this.#server,
      ),
      legend(),
    ),
    this.#summary,
    el(
      "div",
      { class: "columns" },
      dataTable("Machines", ["Place", "Backends", "Ready"], this.#siteRows, 1),
      dataTable(
        "Callers, of late",
        ["Place", "Placed", "Refused"],
        this.#originRows,
        1,
      ),
    ),
  );

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
  }

  /** Draws what is new. */
  paint() {
    const { fleetChanges, decisionChanges, clients, hello } = this.#model;
    const seen = `${fleetChanges} ${decisionChanges}`;
    const isEarly = performance.now() - this.#drawnAtMs < REDRAW_MS;
    if (seen === this.#seen || (isEarly && clients.size > 0)) return;
    this.#seen = seen;
    this.#drawnAtMs = performance.now();
    const sites = sitesOf(clients);
    const { origins, routes } = callersOf(this.#model);
    const most = Math.max(1, ...routes.map(({ many }) => many));
    this.#routes.replaceChildren(...routes.map((one) => arc(one, most)));
    this.#origins.replaceChildren(...origins.map(originMark));
    this.#sites.replaceChildren(...sites.map(siteMark));
    this.#server.replaceChildren(
      ...(hello?.place === undefined ? [] : [serverMark(hello.place)]),
    );
    this.#tell(sites, origins);
  }

  /**
   * @param {readonly Site[]} sites
   * @param {readonly Origin[]} origins
   */
  #tell(sites, origins) {
    const placed = sites.reduce((sum, { ids }) => sum + ids.length, 0);
    const unknown = this.#model.clients.size - placed;
    const parts = [
      `${counted(placed, "backend")} in ${counted(sites.length, "place")}`,
      `callers in ${counted(origins.length, "place")}`,
    ];
    if (unknown > 0) {
      parts.push(`${whole(unknown)} backends whose place is not known`);
    }
    say(this.#summary, `${parts.join(", ")}.`);
    this.#siteRows.replaceChildren(
      ...rows(sites.map(({ name, ids, ready }) => [name, ids.length, ready])),
    );
    this.#originRows.replaceChildren(
      ...rows(origins.map(({ place, placed, refused }) => [
        coordinates(place.latitude, place.longitude),
        placed,
        refused,
      ])),
    );
  }
}

/** @param {Place} place */
function point({ latitude, longitude }) {
  const x = (longitude + 180) * SCALE;
  const y = (NORTH - Math.max(SOUTH, Math.min(NORTH, latitude))) * SCALE;
  return { x: Math.round(x), y: Math.round(y) };
}

/** One path with a square for each dot: five thousand elements would be felt. */
function land() {
  const d = landDots().map((dot) => {
    const { x, y } = point(dot);
    return `M${x} ${y}h.01`;
  }).join("");
  return svg("path", { class: "land", d, "stroke-width": DOT * 1.8 });
}

/**
 * @param {Route} route
 * @param {number} most
 */
function arc({ from, to, many }, most) {
  const a = point(from);
  const b = point(to);
  const lift = Math.min(90, Math.hypot(a.x - b.x, a.y - b.y) / 3);
  const middle = `${(a.x + b.x) / 2} ${(a.y + b.y) / 2 - lift}`;
  return svg("path", {
    class: "route",
    d: `M${a.x} ${a.y}Q${middle} ${b.x} ${b.y}`,
    "stroke-width": (0.8 + (1.7 * many) / most).toFixed(1),
    "stroke-opacity": (0.12 + (0.48 * many) / most).toFixed(2),
  });
}

/** @param {Origin} origin */
function originMark(origin) {
  const { x, y } = point(origin.place);
  const { latitude, longitude } = origin.place;
  const name = `${coordinates(latitude, longitude)}: ${
    counted(total(origin), "decision")
  }`;
  return svg(
    "circle",
    {
      class: origin.refused > origin.placed ? "origin refused" : "origin",
      cx: x,
      cy: y,
      r: 4,
    },
    svg("title", {}, name),
  );
}

/** @param {Site} site */
function siteMark({ place, name, ids, ready, busy }) {
  const { x, y } = point(place);
  const r = Math.min(22, 6 + Math.sqrt(ids.length) * 2);
  const state = ready > 0 ? "ready" : busy > 0 ? "full" : "out";
  return svg(
    "g",
    { class: `site ${state}` },
    svg(
      "title",
      {},
      `${name}: ${counted(ids.length, "backend")}, ${ready} ready`,
    ),
    svg("circle", { cx: x, cy: y, r }),
    svg("text", { x, y: y + 4 }, ids.length > 1 ? whole(ids.length) : ""),
  );
}

/** @param {Place} place */
function serverMark(place) {
  const { x, y } = point(place);
  return svg(
    "path",
    { d: `M${x} ${y - 9}l9 9l-9 9l-9-9z` },
    svg("title", {}, "This server"),
  );
}

function legend() {
  return el(
    "ul",
    { class: "legend" },
    ...[["site", "Machines"], ["origin", "Callers"], ["server", "This server"]]
      .map(([kind, words]) =>
        el(
          "li",
          {},
          el("i", { class: `legend-${kind}`, "aria-hidden": "true" }),
          words ?? "",
        )
      ),
  );
}

/** @param {readonly (readonly [string, number, number])[]} lines */
function rows(lines) {
  const shown = lines.slice(0, ROWS_MAX).map(([name, ...figures]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      ...figures.map((figure) => el("td", { class: "number" }, whole(figure))),
    )
  );
  const more = lines.length - shown.length;
  if (lines.length === 0) {
    shown.push(el("tr", {}, el("td", { colspan: 3, class: "sub" }, "None.")));
  }
  if (more > 0) {
    shown.push(
      el(
        "tr",
        {},
        el("td", { colspan: 3, class: "sub" }, `and ${whole(more)} more`),
      ),
    );
  }
  return shown;
}
