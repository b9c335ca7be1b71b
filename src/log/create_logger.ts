/**
 * The log: a {@link Logger} that writes one line an event, as text for people or as JSON for machines.
 *
 * It is our own because LogTape, which was tried, is configured once for a whole process, while a server, its clients
 * and the tests beside them each need a level and a stream of their own. LogTape also costs 20 ms of every start and
 * hands its lines to a stream that has no bound. A line here takes 1 to 4 microseconds, 7 more where it says its place in
 * the source; one below the level takes 10 nanoseconds. What is not yet written is bounded by {@link LineWriter}.
 */
import type { LineSink, LogData, Logger } from "../ports.ts";
import { Callers } from "./caller.ts";
import { withPriority } from "./journal.ts";
import { jsonLine } from "./json_line.ts";
import { type LineStream, LineWriter } from "./line_writer.ts";
import type { LogEvent } from "./log_event.ts";
import { LOG_LEVELS, type LogLevel } from "./log_level.ts";
import { plainData } from "./plain_data.ts";
import { textLine } from "./text_line.ts";

/** What a log needs to know; only the level has no default. */
export interface LogOptions {
  /**
   * The quietest level that is printed. With `debug`, errors among the data bring their stacks, and lines of text their
   * places in the source, which JSON lines always have.
   */
  readonly level: LogLevel;
  /** JSON lines instead of text. */
  readonly json?: boolean | undefined;
  /** The module named in the lines, "opsen" when absent. */
  readonly module?: string | undefined;
  /** Where the lines go, standard error when absent. */
  readonly stream?: LineStream | undefined;
  /** Each line begins with its priority, for a stream that {@link isJournal} knows. */
  readonly journal?: boolean | undefined;
  /** Whether levels are coloured. When absent: on a terminal, unless `NO_COLOR` is set (https://no-color.org). */
  readonly colour?: boolean | undefined;
  /** The wall clock in milliseconds, the system's when absent. */
  readonly wallMs?: (() => number) | undefined;
}

/** The log of a whole program; its children write to the same stream. */
export interface ProgramLogger extends Logger, AsyncDisposable {
  readonly sink: LineSink;
  /** What ends the program. */
  fatal(message: string, data?: LogData): void;
  /**
   * Settles when every line is written, or at the latest after `deadlineMs` when the stream is stalled.
   * To be awaited before the process exits: lines are written behind the caller's back.
   */
  flush(deadlineMs?: number): Promise<void>;
  /** The same log under another module name. */
  child(module: string): ProgramLogger;
  /** Changes the quietest level that is printed, for every module. */
  setLevel(level: LogLevel): void;
}

/** A log with these options. Nothing it is given makes it throw. */
export function createLogger(options: LogOptions): ProgramLogger {
  const stream = options.stream ?? Deno.stderr;
  const format = formatOf(options);
  const colour = options.colour ??
    (stream.isTerminal?.() === true && !Deno.noColor);
  const wallMs = options.wallMs ?? Date.now;
  const threshold = { level: options.level };
  const callers = new Callers();

  function lineOf(
    level: LogLevel,
    module: string,
    message: string,
    data: LogData,
    said: (...args: never[]) => unknown,
  ): string {
    const at = new Date(wallMs());
    const line = options.json === true || threshold.level === "debug"
      ? callers.of(said)
      : "";
    try {
      const plain = plainData(message, data, {
        stacks: threshold.level === "debug",
      });
      return format({ at, level, module, line, plain }, colour);
    } catch {
      // A proxy's traps may throw wherever they are asked.
      return format({
        at,
        level,
        module,
        line,
        plain: { message, values: { data: "[unreadable]" }, stacks: [] },
      }, colour);
    }
  }

  function lossLine(lines: number): string {
    const message = "Log lines were lost: the stream did not take them";
    return lineOf("warn", "log", message, { lines }, lossLine);
  }

  const writer = new LineWriter(stream, lossLine);
  const sink: LineSink = {
    isJson: options.json === true,
    isColoured: colour,
    get lostLines() {
      return writer.lostLines;
    },
    write: (line) => writer.write(line),
  };
  return new LineLogger(
    { threshold, lineOf, writer, sink },
    options.module ?? "opsen",
  );
}

function formatOf(
  { json, journal }: LogOptions,
): (event: LogEvent, colour: boolean) => string {
  const format = json === true ? jsonLine : textLine;
  if (journal !== true) return format;
  return (event, colour) => withPriority(event.level, format(event, colour));
}

/** What all loggers of one program share. */
interface Output {
  /** The quietest level that is printed. */
  readonly threshold: { level: LogLevel };
  readonly lineOf: (
    level: LogLevel,
    module: string,
    message: string,
    data: LogData,
    /** What was called to say it. */
    said: (...args: never[]) => unknown,
  ) => string;
  readonly writer: LineWriter;
  readonly sink: LineSink;
}

class LineLogger implements ProgramLogger {
  readonly #output: Output;
  readonly #module: string;

  constructor(output: Output, module: string) {
    this.#output = output;
    this.#module = module;
  }

  get sink(): LineSink {
    return this.#output.sink;
  }

  debug(message: string, data?: LogData): void {
    this.#log("debug", message, data, this.debug);
  }

  info(message: string, data?: LogData): void {
    this.#log("info", message, data, this.info);
  }

  warn(message: string, data?: LogData): void {
    this.#log("warn", message, data, this.warn);
  }

  error(message: string, data?: LogData): void {
    this.#log("error", message, data, this.error);
  }

  fatal(message: string, data?: LogData): void {
    this.#log("fatal", message, data, this.fatal);
  }

  child(module: string): ProgramLogger {
    return new LineLogger(this.#output, module);
  }

  setLevel(level: LogLevel): void {
    this.#output.threshold.level = level;
  }

  flush(deadlineMs?: number): Promise<void> {
    return this.#output.writer.flush(deadlineMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush();
  }

  #log(
    level: LogLevel,
    message: string,
    data: LogData = {},
    said: (...args: never[]) => unknown,
  ): void {
    const { threshold, lineOf, writer } = this.#output;
    if (rankOf(level) < rankOf(threshold.level)) return;
    writer.write(lineOf(level, this.#module, message, data, said));
  }
}

function rankOf(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
