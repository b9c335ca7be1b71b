/** The name that a caller gives its ask, so that asking again books nothing twice. */
import { IDEMPOTENCY_KEY_CHARS_MAX } from "../wire/bounds.ts";
import type { ApiFields } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";
import { isPrintable } from "./session_id.ts";

/**
 * The key of a request; undefined without the header. An empty one is refused: whoever sends it believes to be safe
 * from booking twice.
 */
export function idempotencyKeyOf(
  headers: ApiFields,
): string | undefined | Problem {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (
    key !== "" && key.length <= IDEMPOTENCY_KEY_CHARS_MAX && isPrintable(key)
  ) return key;
  const detail =
    `Invalid header "Idempotency-Key": must be 1 to ${IDEMPOTENCY_KEY_CHARS_MAX} characters without control characters`;
  return problem("invalid_idempotency_key", detail);
}
