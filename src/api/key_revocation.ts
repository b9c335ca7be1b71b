/** Takes keys back, and lets backends that were shut out in again. */
import type { Durability } from "../ports.ts";
import type { StoredKey } from "../trust_ports.ts";
import type { KeyChangeAnswer } from "../wire/key_answer.ts";
import { credentialName, keyHash, newKey } from "../wire/key_text.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Outcome } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";
import { leastOf } from "./saved_lease.ts";

/**
 * Takes a key back: whoever shows it is refused from now on, and told why. That of a backend takes the backend out of the
 * fleet as well.
 */
export async function revokeKey(
  deps: ApiDeps,
  name: string,
  by: string,
): Promise<Outcome> {
  const { keys, store, clock, logger } = deps;
  const known = keys.storedKey(name) ?? credentialOf(deps, name, by);
  if (known === undefined) {
    const isConfigured = keys.configured.some((key) => key.name === name);
    return isConfigured ? configured(name) : unknown(name);
  }
  const revokedMs = known.revokedMs ?? clock.wallMs();
  const key = { ...known, revokedMs };
  keys.put(key);
  const writes = [acknowledgement(store.saveKey(key), logger)];
  const { backendId } = key;
  if (backendId !== undefined) {
    deps.balancer.remove(backendId);
    writes.push(acknowledgement(store.removeBackends([backendId]), logger));
  }
  logger.child("keys").info("Key revoked", { name, by });
  const durability = leastOf(...await Promise.all(writes));
  const body: KeyChangeAnswer = {
    status: "revoked",
    name,
    ...saidOf(durability),
  };
  return answer(body);
}

/** A backend that shows a key of others is shut out by a credential that it was never given. */
function credentialOf(
  { balancer, clock }: ApiDeps,
  name: string,
  createdBy: string,
): StoredKey | undefined {
  const backend = balancer.backends(clock.monotonicMs())
    .find(({ registration }) => credentialName(registration.id) === name);
  return backend && {
    name,
    hash: keyHash(newKey("agent")),
    scopes: ["agent"],
    tiers: undefined,
    backendId: backend.registration.id,
    endpointAllow: [],
    expiresMs: undefined,
    createdMs: clock.wallMs(),
    createdBy,
    revokedMs: undefined,
  };
}

/** A machine that was shut out, or has lost its credential, may enrol again. */
export async function restoreKey(
  deps: ApiDeps,
  name: string,
): Promise<Outcome> {
  const { keys, store, logger } = deps;
  const known = keys.storedKey(name);
  if (known === undefined) return unknown(name);
  if (known.backendId === undefined) {
    const detail = `"${
      shown(name)
    }" is no credential of a backend: make another key`;
    return problem("not_a_credential", detail);
  }
  keys.remove(name);
  logger.child("keys").info("Credential forgotten", { name });
  const durability = await acknowledgement(store.removeKey(name), logger);
  const body: KeyChangeAnswer = {
    status: "restored",
    name,
    ...saidOf(durability),
  };
  return answer(body);
}

/** What an answer says when a restart would forget the change. */
export function saidOf(durability: Durability): { readonly durable?: false } {
  return durability === "memory" ? { durable: false } : {};
}

function configured(name: string): Problem {
  const where = name === "server_key" ? "server_key" : "api_keys";
  const detail =
    `Key "${name}" stands in the configuration: take it out of ${where} and reload`;
  return problem("key_configured", detail);
}

/** Names come from outside, so the detail shows a bounded part. */
const SHOWN_CHARS_MAX = 140;

function shown(name: string): string {
  return name.slice(0, SHOWN_CHARS_MAX);
}

function unknown(name: string): Problem {
  return problem("unknown_key", `Unknown key: ${shown(name)}`);
}
