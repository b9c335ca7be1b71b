/**
 * How NVML is asked. Owns the loaded library and the one place where it writes its answers: never more than one call is
 * out, and a call that hangs keeps both, because it may still write. FFI checks nothing, so no value gets through that
 * its reader does not know.
 */
import { CallLine, type Unanswered } from "./call_line.ts";
import {
  NVML_ERRORS,
  NVML_NO_ANSWER,
  type NvmlAnswer,
  type NvmlFault,
  type NvmlHandle,
} from "./nvml_api.ts";
import type { NvmlLayout } from "./nvml_layouts.ts";
import { NvmlOut } from "./nvml_out.ts";
import type {
  NvmlDeviceQuestion,
  NvmlLibrary,
  NvmlSymbol,
} from "./nvml_symbols.ts";

/** One function of the library that is there. */
type Call<Name extends NvmlSymbol> = NonNullable<NvmlLibrary["symbols"][Name]>;

const SUCCESS = 0;

/** Answers of a function after which its older form may still work. */
const OLDER_MAY_WORK: readonly number[] = [
  NVML_ERRORS.FUNCTION_NOT_FOUND,
  NVML_ERRORS.ARGUMENT_VERSION_MISMATCH,
  NVML_ERRORS.DEPRECATED,
  NVML_ERRORS.NOT_SUPPORTED,
];

const UNANSWERED_CODES: Readonly<Record<Unanswered["kind"], number>> = {
  late: NVML_NO_ANSWER,
  full: NVML_ERRORS.INSUFFICIENT_RESOURCES,
  closed: NVML_ERRORS.UNINITIALIZED,
};

const ERROR_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(NVML_ERRORS).map(([name, code]) => [code, name]),
);

/** One opened library. */
export class NvmlAsking {
  readonly #calls: NvmlLibrary["symbols"];
  readonly #functions: ReadonlySet<string>;
  readonly #line: CallLine;
  readonly #out = new NvmlOut();
  /** Functions whose older form is the one that works here. */
  readonly #outdated = new Set<NvmlSymbol>();

  /** Owns the library. `functions` are those that it has; `deadlineMs` is the time for each call. */
  constructor(
    library: NvmlLibrary,
    functions: ReadonlySet<string>,
    deadlineMs: number,
  ) {
    this.#calls = library.symbols;
    this.#functions = functions;
    this.#line = new CallLine(deadlineMs, () => library.close());
  }

  /** Calls a function; `read` finds the value in what it wrote, or undefined when that can't be one. */
  async ask<Name extends NvmlSymbol, T>(
    name: Name,
    begin: (call: Call<Name>, out: NvmlOut) => Promise<number>,
    read: (out: NvmlOut) => T | undefined,
    layout?: NvmlLayout,
  ): Promise<NvmlAnswer<T>> {
    const call = this.#calls[name];
    if (!call || !this.#functions.has(name)) {
      return returned(name, NVML_ERRORS.FUNCTION_NOT_FOUND);
    }
    const out = this.#out;
    const outcome = await this.#line.run(
      name,
      () => {
        out.reset(layout);
        return begin(call, out);
      },
      (code): NvmlAnswer<T> => {
        if (code !== SUCCESS) return returned(name, code);
        const value = read(out);
        return value === undefined ? impossible(name, out) : ok(value);
      },
    );
    if (outcome.kind === "returned") return outcome.value;
    const code = UNANSWERED_CODES[outcome.kind];
    return { kind: "fault", code, reason: `${name}: ${outcome.reason}` };
  }

  /** Calls a function that is given a device and one place for its answer. */
  askDevice<T>(
    device: NvmlHandle,
    name: NvmlDeviceQuestion,
    read: (out: NvmlOut) => T | undefined,
    layout?: NvmlLayout,
  ): Promise<NvmlAnswer<T>> {
    return this.ask(
      name,
      (call, { bytes }) => call(device, bytes),
      read,
      layout,
    );
  }

  /** Calls a function that takes and gives nothing. */
  async act(
    name: "nvmlInit_v2" | "nvmlInit" | "nvmlShutdown",
  ): Promise<NvmlAnswer<undefined>> {
    const answer = await this.ask(name, (call) => call(), () => true);
    return answer.kind === "ok" ? ok(undefined) : answer;
  }

  /** Asks by a newer function, and where that does not work by an older one, from then on at once. */
  async either<T>(
    newer: NvmlSymbol,
    askNewer: () => Promise<NvmlAnswer<T>>,
    askOlder: () => Promise<NvmlAnswer<T>>,
  ): Promise<NvmlAnswer<T>> {
    if (this.#outdated.has(newer)) return await askOlder();
    const answer = await askNewer();
    if (answer.kind === "ok" || !OLDER_MAY_WORK.includes(answer.code)) {
      return answer;
    }
    const older = await askOlder();
    if (older.kind === "ok") this.#outdated.add(newer);
    const isThere = older.kind === "ok" ||
      older.code !== NVML_ERRORS.FUNCTION_NOT_FOUND;
    return isThere ? older : answer;
  }

  /** Lets the library go as soon as no call is out. */
  close(): void {
    this.#line.close();
  }
}

function ok<T>(value: T): NvmlAnswer<T> {
  return { kind: "ok", value };
}

function returned(name: NvmlSymbol, code: number): NvmlFault {
  const meaning = ERROR_NAMES.get(code) ?? "a code without a name";
  return { kind: "fault", code, reason: `${name}: ${meaning} (${code})` };
}

function impossible(name: NvmlSymbol, out: NvmlOut): NvmlFault {
  return {
    kind: "fault",
    code: NVML_ERRORS.UNKNOWN,
    reason: `${name}: an impossible answer, 0x${out}`,
  };
}
