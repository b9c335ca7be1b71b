/** The text of each file of the dashboard, by the name it is asked for. */
import app from "./app.js" with { type: "text" };
import backendFacts from "./backend_facts.js" with { type: "text" };
import backendPanel from "./backend_panel.js" with { type: "text" };
import charts from "./charts.js" with { type: "text" };
import coastline from "./coastline.js" with { type: "text" };
import colours from "./colours.js" with { type: "text" };
import condition from "./condition.js" with { type: "text" };
import dataTable from "./data_table.js" with { type: "text" };
import decisionRow from "./decision_row.js" with { type: "text" };
import decisionsView from "./decisions_view.js" with { type: "text" };
import dialog from "./dialog.js" with { type: "text" };
import drainButtons from "./drain_buttons.js" with { type: "text" };
import element from "./element.js" with { type: "text" };
import explanation from "./explanation.js" with { type: "text" };
import feed from "./feed.js" with { type: "text" };
import fleetOrder from "./fleet_order.js" with { type: "text" };
import fleetRow from "./fleet_row.js" with { type: "text" };
import fleetView from "./fleet_view.js" with { type: "text" };
import gauges from "./gauges.js" with { type: "text" };
import gpuCards from "./gpu_cards.js" with { type: "text" };
import history from "./history.js" with { type: "text" };
import leasesOn from "./leases_on.js" with { type: "text" };
import leasesView from "./leases_view.js" with { type: "text" };
import mapView from "./map_view.js" with { type: "text" };
import model from "./model.js" with { type: "text" };
import painter from "./painter.js" with { type: "text" };
import places from "./places.js" with { type: "text" };
import refusalsView from "./refusals_view.js" with { type: "text" };
import request from "./request.js" with { type: "text" };
import rowWindow from "./row_window.js" with { type: "text" };
import signIn from "./sign_in.js" with { type: "text" };
import theme from "./theme.js" with { type: "text" };
import vitals from "./vitals.js" with { type: "text" };
import words from "./words.js" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import page from "./page.css" with { type: "text" };
import views from "./views.css" with { type: "text" };
import { oneScript } from "./one_script.ts";
import uplotLicence from "uplot/LICENSE" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyles from "uplot/dist/uPlot.min.css" with { type: "text" };

/** The modules of the page, by their names. Types and reasons stay with the source: the page has to be light. */
export const MODULES: Readonly<Record<string, string>> = {
  "app.js": script(app),
  "backend_facts.js": script(backendFacts),
  "backend_panel.js": script(backendPanel),
  "charts.js": script(charts),
  "coastline.js": script(coastline),
  "colours.js": script(colours),
  "condition.js": script(condition),
  "data_table.js": script(dataTable),
  "decision_row.js": script(decisionRow),
  "decisions_view.js": script(decisionsView),
  "dialog.js": script(dialog),
  "drain_buttons.js": script(drainButtons),
  "element.js": script(element),
  "explanation.js": script(explanation),
  "feed.js": script(feed),
  "fleet_order.js": script(fleetOrder),
  "fleet_row.js": script(fleetRow),
  "fleet_view.js": script(fleetView),
  "gauges.js": script(gauges),
  "gpu_cards.js": script(gpuCards),
  "history.js": script(history),
  "leases_on.js": script(leasesOn),
  "leases_view.js": script(leasesView),
  "map_view.js": script(mapView),
  "model.js": script(model),
  "painter.js": script(painter),
  "places.js": script(places),
  "refusals_view.js": script(refusalsView),
  "request.js": script(request),
  "row_window.js": script(rowWindow),
  "sign_in.js": script(signIn),
  "vitals.js": script(vitals),
  "words.js": script(words),
};

/** File names and texts. */
export const CONTENTS: Readonly<Record<string, string>> = {
  "index.html": index,
  "icon.svg": icon,
  "page.css": page,
  "views.css": views,
  "theme.js": script(theme),
  "app.js": oneScript(MODULES, "app.js"),
  // The library's licence wants to go where the library goes.
  "uplot.js": `/*\n${uplotLicence}*/\n${uplot}`,
  "uplot.css": `/*\n${uplotLicence}*/\n${uplotStyles}`,
};

/** The script without the comments that stand on lines of their own. */
function script(text: string): string {
  return text.replace(/^ *\/\*\*(?:(?!\*\/)[^])*\*\/\n/gm, "")
    .replace(/^ *\/\/.*\n/gm, "");
}
