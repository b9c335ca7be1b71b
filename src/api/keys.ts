/**
 * `/_opsen/keys`: keys are made, listed and taken back. Taking back the credential of a backend cuts the backend off.
 * The keys that are made here are bounded by {@link MADE_KEYS_MAX}.
 */
import {
  configuredKeyView,
  type KeysAnswer,
  knownOf,
  type MadeKeyAnswer,
  storedKeyView,
} from "../wire/key_answer.ts";
import { type KeyAsk, keyBody } from "../wire/key_body.ts";
import { keyHash, newKey } from "../wire/key_text.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { ANYONE } from "./audit_trail.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { restoreKey, revokeKey, saidOf } from "./key_revocation.ts";
import { jsonHandler } from "./json_handler.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";

/** A key for every program that calls; of more nobody knows whose they are. As many as a configuration can hold. */
export const MADE_KEYS_MAX = 1000;

const ONE = "/_opsen/keys/:name";
const RESTORE = `${ONE}/restore`;

/** Keys by their names. */
export function keys(deps: ApiDeps): readonly Endpoint[] {
  const access = "admin";
  return [
    {
      path: "/_opsen/keys",
      methods: ["GET"],
      access,
      handle: () => answer(all(deps)),
    },
    {
      path: "/_opsen/keys",
      methods: ["POST"],
      access,
      action: "key.create",
      handle: jsonHandler(
        keyBody,
        deps.settings,
        (ask, call) => made(deps, ask, nameOfCaller(call)),
      ),
    },
    {
      path: ONE,
      methods: ["DELETE"],
      access,
      action: "key.revoke",
      handle: (call) => revokeKey(deps, nameOf(ONE, call), nameOfCaller(call)),
    },
    {
      path: RESTORE,
      methods: ["POST"],
      access,
      action: "key.restore",
      handle: (call) => restoreKey(deps, nameOf(RESTORE, call)),
    },
  ];
}

function nameOf(pattern: string, { request }: Call): string {
  return parametersOf(pattern, pathOf(request.url))?.name ?? "";
}

function nameOfCaller({ principal }: Call): string {
  return principal?.name ?? ANYONE;
}

function all({ keys }: ApiDeps): KeysAnswer {
  return {
    keys: [
      ...keys.configured.map(configuredKeyView),
      ...keys.stored.map(storedKeyView),
    ],
  };
}

/** The key is in nobody's hands but the caller's: only its hash is kept. */
async function made(
  deps: ApiDeps,
  ask: KeyAsk,
  createdBy: string,
): Promise<Outcome> {
  const { keys, store, clock, logger } = deps;
  const { name } = ask;
  const audited = { target: name };
  const createdMs = clock.wallMs();
  const known = keys.storedKey(name);
  const isTaken = known !== undefined && known.revokedMs === undefined ||
    keys.configured.some((principal) => principal.name === name);
  if (isTaken) {
    const detail = `There is a key "${name}" already`;
    return problem("key_exists", detail, { audited });
  }
  if (ask.expiresMs !== undefined && ask.expiresMs <= createdMs) {
    const detail = "must be in the future";
    return problem("invalid_field", `Invalid field "expires": ${detail}`, {
      faults: [{ field: "expires", detail }],
      audited,
    });
  }
  const { tierNames } = deps.settings;
  const unknown = tierNames &&
    ask.tiers?.find((tier) => !tierNames.includes(tier));
  if (unknown !== undefined) {
    return problem("unknown_tier", `Unknown tier: ${unknown}`, { audited });
  }
  if (known === undefined && !roomFor(deps)) {
    const detail =
      `There are ${MADE_KEYS_MAX} keys already, none of them revoked`;
    return problem("too_many_keys", detail, { audited });
  }
  const key = newKey("key");
  const unbound = { backendId: undefined, endpointAllow: [] };
  const life = { createdMs, createdBy, revokedMs: undefined };
  const stored = { ...ask, hash: keyHash(key), ...unbound, ...life };
  keys.put(stored);
  logger.child("keys").info("Key made", { name, createdBy });
  const durability = await acknowledgement(store.saveKey(stored), logger);
  const body: MadeKeyAnswer = { ...knownOf(ask), key, ...saidOf(durability) };
  return answer(body, audited);
}

/** Of keys that were taken back only the newest are remembered. */
function roomFor({ keys, store }: ApiDeps): boolean {
  const made = keys.stored.filter(({ backendId }) => backendId === undefined);
  if (made.length < MADE_KEYS_MAX) return true;
  const oldest = made.find(({ revokedMs }) => revokedMs !== undefined);
  if (oldest === undefined) return false;
  keys.remove(oldest.name);
  void store.removeKey(oldest.name);
  return true;
}
