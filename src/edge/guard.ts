/** Whether a request is taken at all, and who answers it: the API or a backend. */
import { isText } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import { isForApi } from "./path_rules.ts";
import type { RefusalCode } from "./refusals.ts";

/** Who answers. */
export type Admission =
  | { readonly kind: "api" }
  | { readonly kind: "backend" }
  | { readonly kind: "refused"; readonly code: RefusalCode };

/** Looks at the head that the caller's connection holds. */
export function admit(
  head: RequestHead,
  { held, isAdmin, rules: { settings, classify } }: Caller,
): Admission {
  const { bytes } = held;
  // TRACE would show the caller what our own fields say.
  if (isText(bytes, head.methodStart, head.methodEnd, "trace")) {
    return NO_TRACE;
  }
  if (head.contentLength > settings.bodyBytesMax) return TOO_LARGE;
  if (isAdmin || isForApi(classify, bytes, head)) return API;
  return BACKEND;
}

const API: Admission = { kind: "api" };
const BACKEND: Admission = { kind: "backend" };
const NO_TRACE: Admission = { kind: "refused", code: "method_not_allowed" };
const TOO_LARGE: Admission = { kind: "refused", code: "body_too_large" };
