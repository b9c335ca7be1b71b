/** `opsen stats`: what a backend reported over time, as lines of small bars with their least, mean and greatest value. */
import { escapeInvisible } from "../log/escape_invisible.ts";
import { type StatsHistory, statsHistory } from "../wire/stats_history.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { durationMs } from "../policy/duration.ts";
import {
  type AskOptions,
  detailOf,
  endUsage,
  idInPath,
  serverAnswer,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { isUnicodeLocale, sparkLine } from "./spark_line.ts";
import { textTable } from "./text_table.ts";

interface StatsOptions extends AskOptions {
  readonly last: string;
  readonly points: string;
}

type Column = StatsHistory["cpu_pct"];

/** Bounds of what the server makes of a history. */
const POINTS = { min: 10, max: 1000 } as const;
/** As many as fit beside the figures on a line of 120. */
const POINTS_DEFAULT = "60";

/** Adds the command's argument, flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .argument("<client-id>", "the backend")
    .option("--last <time>", "how far back: 15m, 24h, 7d", "24h")
    .option("--points <n>", "values, each a mean of its time", POINTS_DEFAULT)
    .option("--json", "print JSON as GET /_opsen/stats/ID answers it")
    .addHelpText(
      "after",
      "\nA blank in a line is a time without reports. Exit codes: 0 shown, 1 refused, 2 unreachable",
    )
    .action((id: string, options: StatsOptions) => stats(id, options, shell));
};

async function stats(
  id: string,
  options: StatsOptions,
  shell: Shell,
): Promise<void> {
  const part = idInPath(id);
  if (part === undefined) {
    const wanted = 'wanted one that "opsen clients" lists';
    return endUsage(`client-id: found "${id}", ${wanted}`, shell);
  }
  const { last, points } = options;
  if (!((durationMs(last) ?? 0) > 0)) {
    return endUsage(
      `--last: found "${last}", wanted a duration such as 15m, 24h or 7d`,
      shell,
    );
  }
  const count = /^[0-9]{1,6}$/.test(points) ? Number(points) : NaN;
  if (!(count >= POINTS.min && count <= POINTS.max)) {
    return endUsage(
      `--points: found "${points}", wanted a whole number from ${POINTS.min} to ${POINTS.max}`,
      shell,
    );
  }
  const query = new URLSearchParams({ last, points });
  const path = `/_opsen/stats/${part}?${query}`;
  const history = await serverAnswer(
    { path, answers: statsHistory },
    options,
    shell,
    (problem, asked) =>
      problem.code === "unknown_client"
        ? detailOf({ ...problem, detail: `Unknown client: ${id}` }, asked)
        : detailOf(problem, asked),
  );
  if (history === undefined) return;
  shell.out(
    options.json
      ? `${JSON.stringify(history, null, 2)}\n`
      : textOf(history, isUnicodeLocale(shell.env)),
  );
}

function textOf(history: StatsHistory, isUnicode: boolean): string {
  const { client_id: id, from, to, at, step_seconds: step } = history;
  if (at.length === 0 || history.cpu_pct.every((value) => value === null)) {
    return `${id} reported nothing from ${plain(from)} to ${plain(to)}\n`;
  }
  const dash = isUnicode ? "–" : "-";
  const heading = `${id}  ${plain(from)} ${dash} ${plain(to)}, a mark for ${
    stepWords(step)
  }\n`;
  const columns = [
    { title: "" },
    { title: "" },
    { title: "MIN", right: true },
    { title: "MEAN", right: true },
    { title: "MAX", right: true },
    { title: "OF", right: true },
  ];
  return heading + textTable(columns, rowsOf(history, isUnicode));
}

function rowsOf(history: StatsHistory, isUnicode: boolean): string[][] {
  const percent = { unit: "%", max: 100, isUnicode };
  const row = (name: string, column: Column) => rowOf(name, column, percent);
  const sized = (name: string, used: Column, total: Column) => {
    const max = Math.max(0, ...known(total));
    return rowOf(name, used, { unit: "GB", max, isUnicode });
  };
  return [
    row("CPU", history.cpu_pct),
    row("busiest core", history.cpu_max_pct),
    sized("memory", history.memory_used_gb, history.memory_total_gb),
    sized("disk", history.disk_used_gb, history.disk_total_gb),
    ...history.gpus.flatMap((gpu) => {
      const name = `GPU ${gpu.device_id}`;
      return [
        row(`${name} ${escapeInvisible(gpu.name)}`, gpu.utilization_pct),
        sized(`${name} memory`, gpu.memory_used_gb, gpu.memory_total_gb),
        rowOf(`${name} temperature`, gpu.temperature_c, {
          unit: "C",
          max: 100,
          isUnicode,
        }),
      ];
    }),
  ];
}

function rowOf(
  name: string,
  column: Column,
  { unit, max, isUnicode }: {
    readonly unit: string;
    readonly max: number;
    readonly isUnicode: boolean;
  },
): string[] {
  const values = known(column);
  const line = sparkLine(column, { min: 0, max, isUnicode });
  if (values.length === 0) return [name, line, "-", "-", "-", ""];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const figures = [Math.min(...values), mean, Math.max(...values)]
    .map((value) => value.toFixed(1));
  const of = unit === "GB" ? `${max.toFixed(0)} GB` : unit;
  return [name, line, ...figures, of];
}

function known(column: Column): number[] {
  return column.filter((value) => value !== null);
}

function plain(instant: string): string {
  return instant.replace(/\.\d+Z$/, "Z");
}

function stepWords(seconds: number): string {
  if (seconds >= 7200) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 120
    ? `${Math.round(seconds / 60)} min`
    : `${Math.round(seconds)} s`;
}
