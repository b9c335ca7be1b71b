/** Who may speak for which backend. */
import { maySpeakFor } from "../policy/principal.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { Call } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/**
 * Why a call must not speak for a backend; undefined when it may. A backend whose credential was taken back is heard
 * under no key; a credential speaks for its own backend alone.
 */
export function speakerRefusal(
  { keys }: Pick<ApiDeps, "keys">,
  { principal }: Call,
  backendId: string,
): Problem | undefined {
  if (keys.isShutOut(backendId)) {
    return problem(
      "backend_revoked",
      `The credential of ${backendId} was revoked`,
    );
  }
  return principal === undefined || maySpeakFor(principal, backendId)
    ? undefined
    : problem(
      "wrong_backend",
      `API key "${principal.name}" may not speak for ${backendId}`,
    );
}
