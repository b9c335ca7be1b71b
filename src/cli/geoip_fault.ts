/** What ends `opsen geoip` before it is done. Owns nothing. */
import { EXIT_CODE } from "./exit_code.ts";
import { INTERRUPTED_EXIT } from "./interrupt.ts";

/**
 * A command that can't go on: what failed, what to do next, and how it exits. The error that it comes from is not kept:
 * the runtime puts URLs into its messages, and one of them holds the licence key.
 */
export class GeoipFault extends Error {
  override readonly name = "GeoipFault";

  constructor(message: string, readonly exitCode: number) {
    super(message);
  }
}

/** Somebody pressed Ctrl+C. */
export function interrupted(): GeoipFault {
  return new GeoipFault("Interrupted", INTERRUPTED_EXIT);
}

/** A file or a folder that can't be read or written, and what to do about it. */
export function fileFault(error: unknown, path: string): GeoipFault {
  const { ioError: exitCode } = EXIT_CODE;
  const fault = (reason: string) =>
    new GeoipFault(`Cannot write "${path}": ${reason}`, exitCode);
  if (codeOf(error) === "ENOSPC") {
    return fault("the disk is full; it takes about 150 MB while it is made");
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fault(
      "this user may not; run it as another one, or name another file with --output",
    );
  }
  return fault(error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
