/** What the user of `opsen top` has chosen, and what each key changes of it. */
import type { ClientView } from "../../wire/client_view.ts";

/** By what rows are ordered, and the key for it. */
export const SORT_KEYS = {
  cpu: "c",
  memory: "m",
  disk: "d",
  gpu: "g",
  holds: "h",
  name: "n",
} as const;

/** One of them. */
export type SortKey = keyof typeof SORT_KEYS;

/** What was chosen. */
export interface TopState {
  readonly sort: SortKey;
  readonly filter: string;
  /** Whether keys go into the filter. */
  readonly isTyping: boolean;
  /** Id of the backend that is marked; undefined for the first. */
  readonly marked: string | undefined;
  /** Whether the marked backend is looked into. */
  readonly isInside: boolean;
  /** First line of the inside that is shown. */
  readonly scroll: number;
}

/** As it begins. */
export const TOP_START: TopState = {
  sort: "name",
  filter: "",
  isTyping: false,
  marked: undefined,
  isInside: false,
  scroll: 0,
};

/** Characters of a filter; names of hosts have no more. */
const FILTER_CHARS_MAX = 253;

/** The rows as they are shown: those that the filter leaves, in order; equals by their names. */
export function rowsOf(
  clients: readonly ClientView[],
  { sort, filter }: TopState,
): ClientView[] {
  const wanted = filter.toLowerCase();
  return clients
    .filter(({ client_id: id, hostname }) =>
      `${id}\n${hostname}`.toLowerCase().includes(wanted)
    )
    .sort((a, b) =>
      weightOf(b, sort) - weightOf(a, sort) ||
      (a.client_id < b.client_id ? -1 : 1)
    );
}

function weightOf(client: ClientView, sort: SortKey): number {
  switch (sort) {
    case "cpu":
      return cpuPct(client) ?? -1;
    case "memory":
      return share(client.memory_used_gb, client.memory_total_gb);
    case "disk":
      return share(client.disk_used_gb, client.disk_total_gb);
    case "gpu":
      return gpuPct(client) ?? -1;
    case "holds":
      return client.held.leases;
    case "name":
      return 0;
  }
}

/** Mean use of the cores; undefined before the first report. */
export function cpuPct(
  { cpu_usage_pct: cores }: ClientView,
): number | undefined {
  return cores.length === 0
    ? undefined
    : cores.reduce((sum, core) => sum + core, 0) / cores.length;
}

/** Use of the busiest GPU; undefined without any. */
export function gpuPct({ gpus }: ClientView): number | undefined {
  return gpus.length === 0
    ? undefined
    : Math.max(...gpus.map((gpu) => gpu.utilization_pct));
}

/** Percent of a whole that is used; 0 of nothing. */
export function share(used: number, total: number): number {
  return total > 0 ? 100 * used / total : 0;
}

/** The state after a key; `rows` are those that are shown, `page` how many fit. Undefined to quit. */
export function pressed(
  state: TopState,
  key: string,
  rows: readonly ClientView[],
  page: number,
): TopState | undefined {
  if (key === "\x03") return undefined;
  if (state.isTyping) return typed(state, key);
  switch (key) {
    case "q":
      return state.isInside ? { ...state, isInside: false } : undefined;
    case "\x1b":
      return state.isInside
        ? { ...state, isInside: false }
        : { ...state, filter: "" };
    case "\r":
    case "\n":
      return { ...state, isInside: !state.isInside, scroll: 0 };
    case "/":
      return { ...state, isTyping: true, isInside: false };
  }
  const sort = sortOf(key);
  if (sort !== undefined) return { ...state, sort };
  const step = stepOf(key, page);
  if (step === undefined) return state;
  return state.isInside
    ? { ...state, scroll: Math.max(0, state.scroll + step) }
    : { ...state, marked: markedAfter(state, rows, step) };
}

function typed(state: TopState, key: string): TopState {
  const { filter } = state;
  switch (key) {
    case "\r":
    case "\n":
      return { ...state, isTyping: false };
    case "\x1b":
      return { ...state, isTyping: false, filter: "" };
    case "\x7f":
    case "\b":
      return { ...state, filter: [...filter].slice(0, -1).join("") };
  }
  return /^[^\p{Cc}]+$/u.test(key) && filter.length < FILTER_CHARS_MAX
    ? { ...state, filter: filter + key }
    : state;
}

function sortOf(key: string): SortKey | undefined {
  const names = Object.keys(SORT_KEYS) as SortKey[];
  return names.find((name) => SORT_KEYS[name] === key);
}

function stepOf(key: string, page: number): number | undefined {
  switch (key) {
    case "\x1b[A":
    case "\x1bOA":
    case "k":
      return -1;
    case "\x1b[B":
    case "\x1bOB":
    case "j":
      return 1;
    case "\x1b[5~":
      return -page;
    case "\x1b[6~":
    case " ":
      return page;
    case "\x1b[H":
    case "\x1b[1~":
      return -Infinity;
    case "\x1b[F":
    case "\x1b[4~":
      return Infinity;
  }
}

function markedAfter(
  { marked }: TopState,
  rows: readonly ClientView[],
  step: number,
): string | undefined {
  const at = markedIndex(rows, marked) + step;
  const index = Math.min(Math.max(at, 0), rows.length - 1);
  return rows[index]?.client_id;
}

/** Where the marked row stands; the first when it is not shown. */
export function markedIndex(
  rows: readonly ClientView[],
  marked: string | undefined,
): number {
  return Math.max(0, rows.findIndex(({ client_id: id }) => id === marked));
}

/** The keys in what a terminal sent in one piece: characters, and sequences that begin with an escape (ECMA-48). */
export function keysIn(text: string): string[] {
  const keys: string[] = [];
  let rest = text;
  while (rest !== "") {
    const sequence = rest.startsWith("\x1b")
      ? /^(\[[0-9;]*[A-Za-z~]|O[A-Z])/.exec(rest.slice(1))?.[0] ?? ""
      : "";
    const [first = ""] = rest;
    const key = first + sequence;
    keys.push(key);
    rest = rest.slice(key.length);
  }
  return keys;
}
