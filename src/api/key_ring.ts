/**
 * Whether the key that a call shows opens what it asks for. A key is never logged and never part of an answer; its name
 * is.
 */
import { mayDo, type Principal, type Scope } from "../policy/principal.ts";
import type { KeyBook } from "../trust_ports.ts";
import { shownKeyOf } from "../wire/bearer.ts";
import type { ApiFields } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/** Whether a call is let in, and who makes it: undefined for whoever shows no key that is known. */
export type Admission =
  | { readonly kind: "admitted"; readonly principal: Principal | undefined }
  | {
    readonly kind: "turned_away";
    readonly principal: Principal | undefined;
    readonly problem: Problem;
  };

/** Whom a call is let in as that needs no key. */
export const ADMITTED: Admission = { kind: "admitted", principal: undefined };

/** Looks at the key of a call; where no key exists everything is open. A key in a field counts before a session's. */
export function admissionBy(
  keys: KeyBook,
  headers: ApiFields,
  scope: Scope,
  sessionKey: () => string | undefined = () => undefined,
): Admission {
  if (keys.isOpen) {
    return scope === "agent" ? admittedAnyway(keys, headers) : ADMITTED;
  }
  const key = shownKey(headers) || sessionKey();
  return key === undefined ? MISSING : admissionOfKey(keys, key, scope);
}

/** Looks at a key. */
export function admissionOfKey(
  keys: KeyBook,
  key: string,
  scope: Scope,
): Admission {
  const finding = keys.find(key);
  switch (finding.kind) {
    case "known":
      return mayDo(finding.principal, scope)
        ? { kind: "admitted", principal: finding.principal }
        : without(scope, finding.principal);
    case "expired": {
      const { principal } = finding;
      const detail = `API key "${principal.name}" has expired`;
      return turnedAway(problem("key_expired", detail), principal);
    }
    case "revoked": {
      const { principal } = finding;
      const detail = `API key "${principal.name}" was revoked`;
      return turnedAway(problem("key_revoked", detail), principal);
    }
    case "unknown":
      return WRONG;
  }
}

/** Where no key is asked for, a backend's credential still says who speaks, and where the backend may be. */
function admittedAnyway(keys: KeyBook, headers: ApiFields): Admission {
  const finding = keys.find(shownKey(headers));
  return finding.kind === "known"
    ? { kind: "admitted", principal: finding.principal }
    : ADMITTED;
}

/** The key that a call shows, empty for none. */
export function shownKey(headers: ApiFields): string {
  return shownKeyOf(headers)?.key ?? "";
}

const MISSING = turnedAway(
  problem("missing_key", "Missing API key", {
    headers: { "www-authenticate": "Bearer" },
  }),
  undefined,
);

const WRONG = turnedAway(problem("wrong_key", "Invalid API key"), undefined);

function without(scope: Scope, principal: Principal): Admission {
  const detail =
    `API key "${principal.name}" may not do this: wanted the scope "${scope}"`;
  return turnedAway(problem("missing_scope", detail), principal);
}

/** A call that is not let in. */
export function turnedAway(
  problem: Problem,
  principal: Principal | undefined,
): Admission {
  return { kind: "turned_away", problem, principal };
}
