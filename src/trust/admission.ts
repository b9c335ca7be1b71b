/**
 * Whether a machine gets a credential of its own: a decision over what is known, without time or state of its own.
 *
 * A token alone opens only what nobody has: an id that has a credential, or that a machine speaks under now, is given
 * to nobody who does not show that it is his. Whoever shows no good token learns nothing but that.
 */
import { maySpeakFor, type Principal } from "../policy/principal.ts";
import { tokenState } from "../policy/token_state.ts";
import type {
  EnrolmentRefusal,
  StoredKey,
  StoredToken,
} from "../trust_ports.ts";

/** What decides. */
export interface AdmissionFacts {
  readonly backendId: string;
  /** The token with the hash of what was shown; undefined when there is none. */
  readonly token: StoredToken | undefined;
  /** The credential that the id has; undefined for none. */
  readonly credential: StoredKey | undefined;
  /** Whether the machine drew that very credential, so that only the answer is asked for again. */
  readonly isRepeated: boolean;
  /** Whether what the machine drew is a key already, its own or another's. */
  readonly isTaken: boolean;
  /** Whether the credential of the id was taken back. */
  readonly isShutOut: boolean;
  /** Who shows a key beside the token; undefined for nobody who is known. */
  readonly shown: Principal | undefined;
  /** Whether no key exists, so that anyone may speak for any backend. */
  readonly isOpen: boolean;
  /** Whether no further credential can be kept; asked only of who shows a good token, as it counts all keys. */
  readonly isFull: () => boolean;
  /** Whether a backend with this id is registered now; asked last. */
  readonly isRegistered: () => boolean;
  /** Wall clock. */
  readonly nowMs: number;
}

/** What it comes to. */
export type Admission =
  | { readonly kind: "admitted"; readonly token: StoredToken }
  /** The id has this credential already. */
  | { readonly kind: "repeated"; readonly credential: StoredKey }
  | Refusal;

/** Why not, for the caller. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: EnrolmentRefusal;
  readonly detail: string;
}

/** Decides. */
export function admissionOf(facts: AdmissionFacts): Admission {
  const { backendId, credential, isShutOut, shown, token } = facts;
  if (!isShutOut && facts.isRepeated && credential !== undefined) {
    return { kind: "repeated", credential };
  }
  if (token === undefined) {
    return refused("wrong_enrol_token", "Invalid enrolment token");
  }
  const fault = tokenFault(token, facts.nowMs);
  if (fault !== undefined) return fault;
  if (isShutOut) {
    return refused(
      "backend_revoked",
      `The credential of ${backendId} was revoked; after "opsen keys restore agent:${backendId}" it may enrol again`,
    );
  }
  if (credential !== undefined && shown?.backendId !== backendId) {
    return refused(
      "already_enrolled",
      `${backendId} has a credential already; if its machine lost it, "opsen keys restore agent:${backendId}" lets it enrol again`,
    );
  }
  const maySpeak = facts.isOpen ||
    shown !== undefined && maySpeakFor(shown, backendId);
  if (credential === undefined && !maySpeak && facts.isRegistered()) {
    return refused(
      "id_in_use",
      `${backendId} is registered by a machine that has no credential: a key with the scope agent must be shown too ("server_key")`,
    );
  }
  if (facts.isTaken) {
    return refused("credential_in_use", "The credential is a key already");
  }
  if (facts.isFull()) {
    return refused("too_many_credentials", "Too many keys are stored already");
  }
  return { kind: "admitted", token };
}

/** Why a token that is there is not good. */
function tokenFault(token: StoredToken, nowMs: number): Refusal | undefined {
  switch (tokenState(token, nowMs)) {
    case "good":
      return undefined;
    case "revoked":
      return refused("enrol_token_revoked", "The enrolment token was revoked");
    case "expired": {
      const at = new Date(token.expiresMs).toISOString();
      const detail = `The enrolment token expired at ${at}`;
      return refused("enrol_token_expired", detail);
    }
    case "used_up": {
      const times = token.usesMax === 1 ? "once" : `${token.usesMax} times`;
      const detail =
        `The enrolment token was used ${times}, as often as it may be`;
      return refused("enrol_token_used_up", detail);
    }
  }
}

function refused(code: EnrolmentRefusal, detail: string): Refusal {
  return { kind: "refused", code, detail };
}
