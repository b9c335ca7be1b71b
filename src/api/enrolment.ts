/** Everything about machines that get credentials of their own. */
import type { ApiDeps } from "./api_deps.ts";
import type { Endpoint } from "./endpoint.ts";
import { enrol } from "./enrol.ts";
import { tokens } from "./tokens.ts";

/** Tokens and what they are traded for; nothing on a server that gives no credentials. */
export function enrolment(deps: ApiDeps): readonly Endpoint[] {
  const { enrolment: desk } = deps;
  return desk === undefined ? [] : [...tokens(deps, desk), enrol(deps, desk)];
}
