/** A log that a test can read. */
import type { LogData, Logger } from "../../src/ports.ts";

/** One line as it was logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Names of the modules from the root on, joined by dots; empty for the root. */
  readonly module: string;
  readonly message: string;
  readonly data: LogData;
}

/** Keeps every line; children write into the list of their parent. */
export class FakeLogger implements Logger {
  /** All lines, oldest first. */
  readonly lines: LogLine[];
  readonly #module: string;

  /** A root logger with an empty list, unless told. */
  constructor(module = "", lines: LogLine[] = []) {
    this.#module = module;
    this.lines = lines;
  }

  /** Keeps a line for developers. */
  debug(message: string, data: LogData = {}): void {
    this.#keep("debug", message, data);
  }

  /** Keeps a line about what happened. */
  info(message: string, data: LogData = {}): void {
    this.#keep("info", message, data);
  }

  /** Keeps a warning. */
  warn(message: string, data: LogData = {}): void {
    this.#keep("warn", message, data);
  }

  /** Keeps an error. */
  error(message: string, data: LogData = {}): void {
    this.#keep("error", message, data);
  }

  /** The same list under another module name. */
  child(module: string): FakeLogger {
    const name = this.#module === "" ? module : `${this.#module}.${module}`;
    return new FakeLogger(name, this.lines);
  }

  /** The messages of one level, oldest first. */
  messages(level: LogLine["level"]): string[] {
    return this.lines.filter((line) => line.level === level)
      .map(({ message }) => message);
  }

  #keep(level: LogLine["level"], message: string, data: LogData): void {
    this.lines.push({ level, module: this.#module, message, data });
  }
}
