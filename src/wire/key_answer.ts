/** Keys as operators see them. None of these but the answer to its making holds the key, and none its hash. */
import * as z from "zod";
import { type Principal, SCOPES } from "../policy/principal.ts";

/** What is known of every key; instants are RFC 3339 in UTC. */
const known = {
  /** What lists and the audit trail call it; `agent:` and an id for the credential of a machine. */
  name: z.string(),
  /** What it may do; absent for everything. */
  scopes: z.array(z.enum(SCOPES)).optional(),
  /** Tiers it may ask for; absent for all. */
  tiers: z.array(z.string()).optional(),
  /** When it stops being accepted; absent for never. */
  expires: z.string().optional(),
};

/** Whether a change would survive a restart. */
const stored = {
  /** False when the database did not take the change, so that a restart forgets it. */
  durable: z.literal(false).optional(),
};

/** The answer of `POST /_opsen/keys`. */
export const madeKeyAnswer = z.object({
  ...known,
  /** The key itself; shown this once. */
  key: z.string(),
  ...stored,
});

/** The JSON of that answer. */
export type MadeKeyAnswer = z.output<typeof madeKeyAnswer>;

/** One key of a list. */
export const keyView = z.object({
  ...known,
  /** Where it stands: in the configuration, in the database, or there as the credential of a backend. */
  source: z.enum(["config", "stored", "agent"]),
  /** The machine that it speaks for; absent unless it is the credential of one. */
  client_id: z.string().optional(),
  /** When it was made; absent for those of the configuration. */
  created: z.string().optional(),
  /** Name of the key or of the enrolment token that made it; absent for those of the configuration. */
  created_by: z.string().optional(),
  /** When it was taken back; absent while it is accepted. */
  revoked: z.string().optional(),
});

/** The JSON of it. */
export type KeyView = z.output<typeof keyView>;

/** The answer of `GET /_opsen/keys`: those of the configuration first, then the stored ones, first made first. */
export const keysAnswer = z.object({
  /** Those of the configuration first, then the others, first made first. */
  keys: z.array(keyView),
});

/** The JSON of that answer. */
export type KeysAnswer = z.output<typeof keysAnswer>;

/** The answer to a key that was taken back, or may be given again. */
export const keyChangeAnswer = z.object({
  /** `revoked`: it is refused from now on; `restored`: its machine may enrol again. */
  status: z.enum(["revoked", "restored"]),
  /** The key's name. */
  name: z.string(),
  ...stored,
});

/** The JSON of that answer. */
export type KeyChangeAnswer = z.output<typeof keyChangeAnswer>;

/** A key of the configuration under its JSON names. */
export function configuredKeyView(principal: Principal): KeyView {
  return { ...knownOf(principal), source: "config" };
}

/** What a list says of a stored key; times are wall-clock milliseconds. */
export interface ListedKey
  extends Pick<Principal, "name" | "scopes" | "tiers" | "expiresMs"> {
  /** The backend that it speaks for; undefined unless it is an agent's credential. */
  readonly backendId: string | undefined;
  readonly createdMs: number;
  readonly createdBy: string;
  /** When it was taken back; undefined while it is accepted. */
  readonly revokedMs: number | undefined;
}

/** A stored key under its JSON names. */
export function storedKeyView(key: ListedKey): KeyView {
  const { backendId, createdMs, createdBy, revokedMs } = key;
  return {
    ...knownOf(key),
    source: backendId === undefined ? "stored" : "agent",
    ...(backendId !== undefined && { client_id: backendId }),
    created: instant(createdMs),
    created_by: createdBy,
    ...(revokedMs !== undefined && { revoked: instant(revokedMs) }),
  };
}

/** What is known of a key under JSON names. */
export function knownOf(
  { name, scopes, tiers, expiresMs }: Pick<
    Principal,
    "name" | "scopes" | "tiers" | "expiresMs"
  >,
): Pick<KeyView, keyof typeof known> {
  return {
    name,
    ...(scopes !== undefined && { scopes: [...scopes] }),
    ...(tiers !== undefined && { tiers: [...tiers] }),
    ...(expiresMs !== undefined && { expires: instant(expiresMs) }),
  };
}

function instant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
