/** `opsen clients`: the fleet as a table, with the reason why a backend gets nothing. */
import { type ClientView, clientViews } from "../wire/client_view.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { leftWords } from "./drain_progress.ts";
import { gpuWords } from "./gpu_words.ts";
import { type AskOptions, serverAnswer } from "./server_answer.ts";
import { textTable } from "./text_table.ts";

interface ClientsOptions extends AskOptions {
  readonly activeOnly?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .option("--active-only", "leave out backends that have gone silent")
    .option("--json", "print JSON as GET /clients answers it")
    .action(async (options: ClientsOptions) => {
      const path = options.activeOnly
        ? "/clients?active_only=true"
        : "/clients";
      const call = { path, answers: clientViews };
      const views = await serverAnswer(call, options, shell);
      if (views === undefined) return;
      shell.out(
        options.json ? `${JSON.stringify(views, null, 2)}\n` : tableOf(views),
      );
    });
};

function tableOf(views: readonly ClientView[]): string {
  if (views.length === 0) {
    return "No backends yet: start `opsen client --server URL` on each machine\n";
  }
  const hasPlaces = views.some((view) => placeWords(view) !== "-");
  const columns = [
    { title: "BACKEND" },
    { title: "HOST" },
    { title: "ENDPOINT" },
    ...(hasPlaces ? [{ title: "PLACE" }] : []),
    { title: "CORES", right: true },
    { title: "CPU", right: true },
    { title: "MEMORY FREE", right: true },
    { title: "DISK FREE", right: true },
    { title: "GPUS" },
    { title: "HOLDS", right: true },
    { title: "SEEN" },
    { title: "GETS WORK" },
  ];
  return textTable(columns, views.map((view) => rowOf(view, hasPlaces))) +
    views.map(noteOf).join("");
}

/** That several machines use one id is no column: it is rare, and no row is right then. */
function noteOf({ client_id: id, conflict }: ClientView): string {
  if (conflict === undefined) return "";
  const { hostnames, addresses, since } = conflict;
  return `Several machines use the id "${id}" since ${since}: ${
    hostnames.join(", ")
  } at ${addresses.join(", ")}; give each its own "client_id" or "state_dir"\n`;
}

function rowOf(view: ClientView, hasPlaces: boolean): string[] {
  return [
    view.client_id,
    view.hostname,
    view.endpoint,
    ...(hasPlaces ? [placeWords(view)] : []),
    String(view.cpu_cores),
    view.cpu_usage_pct.length === 0
      ? "-"
      : `${meanOf(view.cpu_usage_pct).toFixed(0)} %`,
    `${view.memory_avail_gb.toFixed(1)} of ${
      view.memory_total_gb.toFixed(1)
    } GB`,
    `${view.disk_avail_gb.toFixed(0)} of ${view.disk_total_gb.toFixed(0)} GB`,
    gpuWords(view),
    String(view.held.leases),
    view.last_seen,
    workOf(view),
  ];
}

function placeWords({ location }: ClientView): string {
  const { latitude, longitude, country, city } = location;
  const names = [city, country].filter((name) => name !== "");
  if (names.length > 0) return names.join(", ");
  return latitude === 0 && longitude === 0 ? "-" : `${latitude},${longitude}`;
}

function workOf(
  { drain, routable, not_routable_because: because }: ClientView,
) {
  if (drain?.state === "drained") return "no: drained";
  if (drain?.state === "draining") {
    const { sessions, in_flight: requests } = drain;
    return `no: draining, ${leftWords({ sessions, requests })}`;
  }
  return routable ? "yes" : `no: ${because ?? "unknown"}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
