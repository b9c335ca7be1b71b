/** The screen of `opsen top` as lines of text: a function of what was seen and what was chosen. */
import type { ClientView } from "../../wire/client_view.ts";
import { secondsOf } from "../decision_words.ts";
import { insideLines } from "./inside_lines.ts";
import type { Look } from "./look.ts";
import { columnsOf, fitted } from "../text_width.ts";
import {
  cpuPct,
  gpuPct,
  markedIndex,
  rowsOf,
  share,
  SORT_KEYS,
  type TopState,
} from "./top_state.ts";

/** A line and how it stands out. */
export interface ScreenLine {
  readonly text: string;
  readonly style?: "title" | "marked" | "trouble" | "faint";
}

/** What is drawn. */
export interface TopPicture {
  readonly look: Look | undefined;
  /** Why the last look failed. */
  readonly trouble: string | undefined;
  readonly state: TopState;
}

/** Columns and rows of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Lines above the rows and below them. */
const FRAME_LINES = 5;
const BAR_COLUMNS_MAX = 10;
/** A gauge beside its bar: a blank and a percentage. */
const PERCENT_COLUMNS = 5;
/** The last column, with most reasons why a backend gets no work. */
const WORK_COLUMNS = 14;
const KEYS_HELP = Object.entries(SORT_KEYS)
  .map(([name, key]) => `${key} ${name}`).join("  ");

/** How many rows fit. */
export function pageOf({ rows }: ScreenSize): number {
  return Math.max(1, rows - FRAME_LINES);
}

/** The screen, as many lines as it has rows, none wider than it. */
export function topScreen(
  picture: TopPicture,
  size: ScreenSize,
): ScreenLine[] {
  const { look, trouble, state } = picture;
  const page = pageOf(size);
  const rows = look === undefined ? [] : rowsOf(look.clients, state);
  const body = state.isInside && look !== undefined
    ? insideOf(look, rows, state, page, size.columns)
    : tableOf(rows, state, page, size.columns);
  const lines: ScreenLine[] = [
    { text: summaryOf(look), style: "title" },
    { text: ratesWords(look) },
    noticeOf(trouble, state, look, rows),
    ...body,
  ];
  while (lines.length < size.rows - 1) lines.push({ text: "" });
  lines.push({ text: helpOf(state), style: "faint" });
  return lines.slice(-Math.min(lines.length, size.rows))
    .map((line) => ({ ...line, text: fitted(line.text, size.columns) }));
}

/** Everything at once, for a printer or a file. */
export function topText(look: Look, state: TopState): string {
  const rows = rowsOf(look.clients, state);
  const columns = 100;
  const table = tableOf(rows, state, Infinity, columns);
  return [summaryOf(look), ratesWords(look), ...table.map(({ text }) => text)]
    .map((line) => `${line.trimEnd()}\n`).join("");
}

function summaryOf(look: Look | undefined): string {
  if (look === undefined) return "opsen top";
  const { server, health, clients } = look;
  if (health === undefined) return `opsen top  ${server}`;
  const store = health.store?.status === "degraded"
    ? "  DATABASE TAKES NO WRITES"
    : "";
  const panic = health.panic === undefined
    ? ""
    : `  PANIC (${health.panic.mode}): ${health.panic.out} of ${health.panic.of} out`;
  const config = health.config?.is_newer_refused === true
    ? "  CONFIGURATION REFUSED"
    : "";
  const routable = clients.filter((client) => client.routable).length;
  return `opsen top  ${server}  ${health.status}${store}${panic}${config}  backends: ${health.active_clients} of ${health.total_clients} active, ${routable} with room  ${
    health.timestamp.replace(/^.*T(\d\d:\d\d:\d\d).*$/, "$1")
  }`;
}

function ratesWords(look: Look | undefined): string {
  if (look === undefined) return "";
  const { rates, queue, clients } = look;
  const leases = clients.reduce((sum, { held }) => sum + held.leases, 0);
  return [
    ...(rates === undefined ? [] : [
      `decisions ${rates.decisions.toFixed(1)}/s`,
      `refusals ${rates.refusals.toFixed(1)}/s`,
    ]),
    `leases ${leases}`,
    ...(queue?.enabled
      ? [
        `waiting ${queue.depth}${
          queue.depth === 0 ? "" : ` for ${secondsOf(queue.oldest_wait_ms)}`
        }`,
      ]
      : []),
  ].join("  ");
}

function noticeOf(
  trouble: string | undefined,
  { filter, isTyping }: TopState,
  look: Look | undefined,
  rows: readonly ClientView[],
): ScreenLine {
  if (trouble !== undefined) {
    return { text: `${trouble}; it is asked again`, style: "trouble" };
  }
  if (look === undefined) return { text: "Asking the server" };
  return filter === "" && !isTyping ? { text: "" } : {
    text: `/${filter}${
      isTyping ? "_" : ""
    }  ${rows.length} of ${look.clients.length}`,
  };
}

function helpOf({ isTyping, isInside }: TopState): string {
  if (isTyping) return "enter keep  esc no filter";
  return isInside
    ? "up down scroll  esc back  q back"
    : `${KEYS_HELP}  / filter  enter details  q quit`;
}

function insideOf(
  look: Look,
  rows: readonly ClientView[],
  state: TopState,
  page: number,
  columns: number,
): ScreenLine[] {
  const client = rows[markedIndex(rows, state.marked)];
  if (client === undefined) return [{ text: "It is gone" }];
  const lines = insideLines(client, look.leases, columns);
  const first = Math.min(state.scroll, Math.max(0, lines.length - page - 1));
  return lines.slice(first, first + page + 1).map((text) => ({ text }));
}

function tableOf(
  rows: readonly ClientView[],
  state: TopState,
  page: number,
  columns: number,
): ScreenLine[] {
  const longest = rows.reduce(
    (most, { client_id: id }) => Math.max(most, columnsOf(id)),
    "BACKEND".length,
  );
  const nameColumns = Math.min(longest, Math.max(8, Math.floor(columns / 4)));
  const barColumns = barColumnsOf(columns - nameColumns);
  const at = markedIndex(rows, state.marked);
  const first = Number.isFinite(page)
    ? Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page))
    : 0;
  const header = [
    fitted("BACKEND", nameColumns),
    ...["CPU", "MEMORY", "DISK", "GPU"]
      .map((title) => fitted(title, gaugeColumns(barColumns))),
    fitted("HOLDS", 5, "right"),
    "GETS WORK",
  ].join("  ");
  const shown = rows.slice(first, first + page).map((
    row,
    index,
  ): ScreenLine => ({
    text: rowText(row, nameColumns, barColumns),
    ...(Number.isFinite(page) && first + index === at
      ? { style: "marked" }
      : !row.routable && { style: "faint" }),
  }));
  return [{ text: header, style: "title" }, ...shown];
}

/** Bars give way where the terminal is narrow, because who gets work says more. */
function barColumnsOf(columns: number): number {
  const others = WORK_COLUMNS + 5 + 6 * 2 + 4 * PERCENT_COLUMNS;
  return Math.min(
    BAR_COLUMNS_MAX,
    Math.max(0, Math.floor((columns - others) / 4)),
  );
}

function gaugeColumns(barColumns: number): number {
  return Math.max("MEMORY".length, barColumns + PERCENT_COLUMNS);
}

function rowText(
  client: ClientView,
  nameColumns: number,
  barColumns: number,
): string {
  const { held, routable, not_routable_because: because } = client;
  const hasReport = client.cpu_usage_pct.length > 0;
  const of = (used: number, total: number) =>
    hasReport ? share(used, total) : undefined;
  return [
    fitted(client.client_id, nameColumns),
    gauge(cpuPct(client), barColumns),
    gauge(of(client.memory_used_gb, client.memory_total_gb), barColumns),
    gauge(of(client.disk_used_gb, client.disk_total_gb), barColumns),
    gauge(gpuPct(client), barColumns),
    fitted(String(held.leases), 5, "right"),
    routable ? "yes" : `no: ${because ?? "unknown"}`,
  ].join("  ");
}

/** A bar and its percentage. */
function gauge(percent: number | undefined, barColumns: number): string {
  const columns = gaugeColumns(barColumns);
  if (percent === undefined) return fitted("-", columns);
  const full = Math.round(
    Math.min(Math.max(percent, 0), 100) / 100 * barColumns,
  );
  const bar = "|".repeat(full).padEnd(barColumns, ".");
  return fitted(
    `${bar} ${fitted(`${percent.toFixed(0)}%`, 4, "right")}`,
    columns,
  );
}
