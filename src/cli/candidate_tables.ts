/**
 * The candidates of a decision as tables that stay readable on 80 columns: those that fit with every term of their
 * score, then those that were removed, each kind bounded by {@link ROWS_MAX}.
 */
import type {
  CandidateAnswer,
  ExplanationAnswer,
} from "../wire/explanation_answer.ts";
import { type Column, textTable } from "./text_table.ts";

/** Backends of each kind that are shown unless all are wanted: they fit on one screen. */
export const ROWS_MAX = 20;
/** Characters of a line; terminals are as wide at least. */
const LINE_CHARS = 80;
/** Characters of a backend's id that are always shown, also when the line becomes longer. */
const ID_CHARS_MIN = 9;
/** The mark before an id, and the gap after it. */
const MARK_CHARS = 2;
const GAP_CHARS = 2;
/** Terms in the order of their columns; what a newer server adds comes after them. */
const TERMS = [
  "distance",
  "cpu",
  "memory",
  "gpu",
  "latency",
  "knee",
  "guard",
] as const;

type Fitting = Extract<CandidateAnswer, { readonly score: number }>;
type Removed = Exclude<CandidateAnswer, Fitting>;
type Shortage = Removed["shortages"][number];

/** What is marked and how much is shown. */
export interface TableOptions {
  /** The backend that was chosen. */
  readonly chosen: string | undefined;
  /** Whether every backend is shown. */
  readonly isAll: boolean;
}

/** A line of a table: its first cell is the id of a backend, or empty where more is said of the one above. */
interface Line {
  readonly id: string;
  readonly cells: readonly string[];
}

/** Both tables with their headings; nothing for an empty one. */
export function candidateTables(
  { candidates, runner_up: runnerUp, margin }: ExplanationAnswer,
  options: TableOptions,
): string {
  const fitting = candidates.filter(isFitting);
  const removed = candidates.filter((candidate): candidate is Removed =>
    !isFitting(candidate)
  );
  const race = raceOf(fitting, options.chosen, runnerUp, margin);
  const parts = [
    section("Fits, lowest total first:", fitting, options, fittingTable),
    race === "" ? "" : `${race}\n`,
    section("Removed:", removed, options, removedTable),
  ];
  return parts.join("");
}

function isFitting(candidate: CandidateAnswer): candidate is Fitting {
  return "score" in candidate;
}

/** The first rows, and the chosen backend wherever it stands. */
function section<Kind extends CandidateAnswer>(
  heading: string,
  all: readonly Kind[],
  { chosen, isAll }: TableOptions,
  tableOf: (shown: readonly Kind[], chosen: string | undefined) => string,
): string {
  if (all.length === 0) return "";
  const shown = all.filter((candidate, index) =>
    isAll || index < ROWS_MAX || candidate.client_id === chosen
  );
  const more = all.length - shown.length;
  const rest = more === 0 ? "" : `  … and ${more} more (--all)\n`;
  return `\n${heading}\n${tableOf(shown, chosen)}${rest}`;
}

/** How far the best two are apart, or why the best one was not taken. */
function raceOf(
  [best]: readonly Fitting[],
  chosen: string | undefined,
  runnerUp: string | null,
  margin: number | null,
): string {
  if (best === undefined || chosen === undefined) return "";
  if (best.client_id !== chosen) {
    return `Best by total: ${best.client_id}; near equals are drawn, and sessions stay`;
  }
  return runnerUp === null || margin === null
    ? "Runner-up: none"
    : `Runner-up: ${runnerUp}, ${pointsOf(margin)} points behind`;
}

/** Small differences decide too. */
function pointsOf(margin: number): string {
  return margin.toFixed(margin < 1 ? 3 : 1);
}

/** Kilometres give way where the line would be too long: the distance in points stands there too. */
function fittingTable(
  shown: readonly Fitting[],
  chosen: string | undefined,
): string {
  const hasKm = shown.some((candidate) => (candidate.distance_km ?? 0) >= 0.5);
  const whole = termTable(shown, chosen, hasKm);
  return charsOf(whole) <= LINE_CHARS ? whole : termTable(shown, chosen, false);
}

function termTable(
  shown: readonly Fitting[],
  chosen: string | undefined,
  hasKm: boolean,
): string {
  const names = [
    ...new Set([...TERMS, ...shown.flatMap(({ terms }) => Object.keys(terms))]),
  ].filter((name) => shown.some(({ terms }) => !isNothing(terms[name] ?? 0)));
  const columns = ["TOTAL", ...names, ...(hasKm ? ["KM"] : [])]
    .map((name) => ({ title: name.toUpperCase(), right: true }));
  return idTable(
    columns,
    shown.map(({ client_id: id, score, terms, distance_km: km }) => ({
      id,
      cells: [
        score.toFixed(1),
        ...names.map((name) => (terms[name] ?? 0).toFixed(1)),
        ...(hasKm ? [kmWord(km)] : []),
      ],
    })),
    chosen,
  );
}

/** Whether the points would show as zero. */
function isNothing(points: number): boolean {
  return Math.abs(points) < 0.05;
}

function removedTable(
  shown: readonly Removed[],
  chosen: string | undefined,
): string {
  const columns = [
    { title: "KM", right: true },
    { title: "REASON" },
    { title: "HAVE", right: true },
    { title: "NEED", right: true },
    { title: "UNIT" },
  ];
  return idTable(columns, shown.flatMap(removedLines), chosen);
}

function removedLines(
  { client_id: id, distance_km: km, reason, shortages, country }: Removed,
): Line[] {
  const [first, ...others] = shortages;
  const start = [kmWord(km), reason];
  const rest = first === undefined ? countryCells(country) : amounts(first);
  return [
    { id, cells: [...start, ...rest] },
    ...others.map((shortage) => ({
      id: "",
      cells: ["", shortage.reason, ...amounts(shortage)],
    })),
  ];
}

function kmWord(km: number | null): string {
  return km === null ? "-" : km.toFixed(0);
}

/** Which countries are allowed stands in the configuration. */
function countryCells(country: string | undefined): string[] {
  return country === undefined ? [] : [country || "-", "", "country"];
}

/** What there is rounds down, and a distance up, so that it never looks like enough. */
function amounts({ have, need, unit }: Shortage): string[] {
  const rounded = unit === "km"
    ? Math.ceil(have * 100 - 1e-6) / 100
    : Math.floor(have * 100 + 1e-6) / 100;
  return [String(rounded), String(Math.round(need * 100) / 100), unit];
}

/** The table; ids are cut in their middle when lines would be too long. */
function idTable(
  columns: readonly Column[],
  lines: readonly Line[],
  chosen: string | undefined,
): string {
  const rest = textTable(columns, lines.map(({ cells }) => cells));
  const restChars = charsOf(rest);
  const idChars = Math.max(
    ID_CHARS_MIN,
    LINE_CHARS - restChars - MARK_CHARS - GAP_CHARS,
  );
  return textTable(
    [{ title: "  BACKEND" }, ...columns],
    lines.map(({ id, cells }) => [
      `${id !== "" && id === chosen ? "*" : " "} ${cut(id, idChars)}`,
      ...cells,
    ]),
  );
}

/** Of the longest line. */
function charsOf(table: string): number {
  return table.split("\n").reduce(
    (most, { length }) => Math.max(most, length),
    0,
  );
}

function cut(id: string, chars: number): string {
  if (id.length <= chars) return id;
  const head = Math.ceil((chars - 1) / 2);
  return `${id.slice(0, head)}…${id.slice(id.length - (chars - 1 - head))}`;
}
