/**
 * Where in the source a line is said: `src/store/writer.ts:120`. Costs some 7 microseconds, so only lines that are
 * printed ask. What a build made of the source keeps its meaning through the table that the build puts beside it.
 */
import { BundleLines } from "./bundle_lines.ts";

/** Modules of a bundle, which is JavaScript; the source is TypeScript. */
const BUNDLED = /\.js$/;

/** Where the source lies on this machine, which no line tells. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Finds callers; owner of the tables of a build, of which there is one. */
export class Callers {
  readonly #bundle = new BundleLines();

  /** Where the function was called that calls `below`, or the one that called `below` itself; empty when not known. */
  of(below: (...args: never[]) => unknown): string {
    const frame = frameAbove(below);
    const file = frame?.getFileName() ?? undefined;
    const line = frame?.getLineNumber() ?? undefined;
    if (frame === undefined || file === undefined || line === undefined) {
      return "";
    }
    return BUNDLED.test(file)
      ? this.#bundle.lineOf(file, line, frame.getColumnNumber() ?? 0)
      : `${inSource(file)}:${line}`;
  }
}

function inSource(file: string): string {
  const at = file.indexOf(ROOT);
  return at < 0 ? file : file.slice(at + ROOT.length);
}

/** What is used of a V8 call site (https://v8.dev/docs/stack-trace-api). */
interface CallSite {
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** Both settings are the whole isolate's, so they are put back at once. */
function frameAbove(
  below: (...args: never[]) => unknown,
): CallSite | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, below);
    return (holder.stack as readonly CallSite[])[0];
  } catch {
    // Another tool of the process may have taken the settings over.
    return undefined;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
