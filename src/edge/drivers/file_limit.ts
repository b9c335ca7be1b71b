/** How many files the process may have open: every connection is one. Owns nothing. */
import { openLibc } from "../../../ffi/libc.ts";

/**
 * Raises the limit of open files to its hard limit, as servers do, and returns it; undefined where it can't be known
 * (no Linux, or the C library may not be called).
 */
export function raiseFileLimit(): number | undefined {
  using libc = openLibc();
  const limit = libc?.fileLimit();
  if (libc === undefined || limit === undefined) return undefined;
  const { soft, hard } = limit;
  const isRaised = soft < hard && libc.setFileLimit({ soft: hard, hard }) === 0;
  return Number(isRaised ? hard : soft);
}
