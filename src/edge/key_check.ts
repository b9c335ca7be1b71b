/** Which key a request shows, and whether that opens what it asks for. A key is never logged and never in an answer. */
import { mayDo, type Principal, type Scope } from "../policy/principal.ts";
import type { KeyBook } from "../trust_ports.ts";
import { bearerOf, type KeyField, shownKeyOf } from "../wire/bearer.ts";
import type { LocalFields } from "./local_request.ts";
import type { RefusalCode } from "./refusals.ts";

/** What showing a key for a proxied request comes to. */
export type KeyVerdict =
  | {
    readonly kind: "opens";
    readonly principal: Principal;
    /** Where the key was, and where another one is. */
    readonly fields: readonly KeyField[];
  }
  | {
    readonly kind: "refused";
    readonly code: RefusalCode;
    readonly detail?: string;
  };

/** Whether the fields hold a key that lets a caller send requests to backends; without any key in the book none does. */
export function checkRouteKey(
  fields: LocalFields,
  keys: KeyBook | undefined,
): KeyVerdict {
  const shown = shownKeyOf(fields);
  if (shown === undefined) return { kind: "refused", code: "missing_key" };
  const finding = keys?.find(shown.key) ?? UNKNOWN;
  switch (finding.kind) {
    case "unknown":
      return { kind: "refused", code: "wrong_key" };
    case "expired":
      return { kind: "refused", code: "key_expired" };
    case "revoked":
      return { kind: "refused", code: "key_revoked" };
    case "known": {
      const { principal } = finding;
      if (mayDo(principal, "route")) {
        return {
          kind: "opens",
          principal,
          fields: keyFields(fields, shown, keys),
        };
      }
      const detail =
        `API key "${principal.name}" may not do this: wanted the scope "route"`;
      return { kind: "refused", code: "missing_scope", detail };
    }
  }
}

/** Whether the fields hold a key that is good for this. */
export function hasKeyFor(
  scope: Scope,
  fields: LocalFields,
  keys: KeyBook | undefined,
): boolean {
  const shown = keys === undefined ? undefined : shownKeyOf(fields);
  if (shown === undefined) return false;
  const finding = keys?.find(shown.key);
  return finding?.kind === "known" && mayDo(finding.principal, scope);
}

/** A caller that shows keys in both fields must not have the second one sent on: backends are not to learn any. */
function keyFields(
  fields: LocalFields,
  { field }: { readonly field: KeyField },
  keys: KeyBook | undefined,
): readonly KeyField[] {
  if (field === "authorization") return BEARER;
  const bearer = bearerOf(fields.get("authorization"));
  const isKey = bearer !== undefined && keys !== undefined &&
    keys.find(bearer).kind !== "unknown";
  return isKey ? BOTH : OWN;
}

const OWN: readonly KeyField[] = ["x-api-key"];
const BEARER: readonly KeyField[] = ["authorization"];
const BOTH: readonly KeyField[] = [...OWN, ...BEARER];
const UNKNOWN = { kind: "unknown" } as const;
