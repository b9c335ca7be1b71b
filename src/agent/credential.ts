/**
 * The key that a client sends: its own credential as soon as the server gave it one, until then `server_key`. Owns the
 * credential; bounded by one.
 */
import type { SecretContent } from "../config/secret_file.ts";
import type { Logger } from "../ports.ts";
import type { CredentialFile, KeptCredential } from "./credential_file.ts";

/** What the server's credentials begin with. */
const PREFIX = "opsen_agent_";
/** Bytes of chance in one. */
const SECRET_BYTES = 32;

/** What a credential is made of. */
export interface CredentialOptions {
  readonly file: CredentialFile;
  /** The shared key, or empty. */
  readonly serverKey: string;
  readonly logger: Logger;
}

/** The credential of a client, if it has one. */
export class Credential {
  readonly #file: CredentialFile;
  readonly #serverKey: string;
  readonly #logger: Logger;
  #kept: KeptCredential;
  #isInForce: boolean;

  /** Goes on with the one of an earlier run. */
  constructor({ file, serverKey, logger }: CredentialOptions) {
    this.#file = file;
    this.#serverKey = serverKey;
    this.#logger = logger;
    this.#kept = keptIn(file, logger);
    this.#isInForce = this.#kept.credential !== undefined;
  }

  /** What to send as the key; empty for none. */
  get key(): string {
    return this.#isInForce ? this.#kept.credential ?? "" : this.#serverKey;
  }

  /** Whether that is the credential. */
  get isInForce(): boolean {
    return this.#isInForce;
  }

  /** Whether there is a shared key to fall back to. */
  get hasServerKey(): boolean {
    return this.#serverKey !== "";
  }

  /**
   * The credential to ask the server to accept. It is kept before it is asked for, and the same is asked for again, so
   * that an answer that was lost locks nobody out. What can't be kept is not asked for.
   */
  proposal(): SecretContent {
    const secret = this.#kept.proposal ?? PREFIX + newSecret();
    try {
      this.#keep({ ...this.#kept, proposal: secret });
    } catch (error) {
      return { kind: "unusable", reason: messageOf(error) };
    }
    return { kind: "secret", secret };
  }

  /** The server accepts what was proposed. A next start that does not know that asks again, and is answered the same. */
  accept(): void {
    this.#isInForce = true;
    const accepted = { credential: this.#kept.proposal, proposal: undefined };
    try {
      this.#keep(accepted);
    } catch (error) {
      this.#kept = accepted;
      this.#logger.warn(messageOf(error));
    }
  }

  /** The server does not know it: one is asked for that nobody can have seen. */
  giveUp(): void {
    this.#isInForce = false;
  }

  /** Goes on without a new one, with what there is; whether there is anything. The server may know the old one again. */
  fallBack(): boolean {
    this.#isInForce = !this.hasServerKey && this.#kept.credential !== undefined;
    return this.key !== "";
  }

  #keep(kept: KeptCredential): void {
    const { credential, proposal } = this.#kept;
    if (kept.credential === credential && kept.proposal === proposal) return;
    this.#file.write(kept);
    this.#kept = kept;
  }
}

const NOTHING: KeptCredential = { credential: undefined, proposal: undefined };

/** A client without its credential can enrol again, or go on with the shared key; one that does not start can't. */
function keptIn(
  file: CredentialFile,
  logger: Logger,
): KeptCredential {
  try {
    return file.read() ?? NOTHING;
  } catch (error) {
    logger.warn(messageOf(error));
    return NOTHING;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}
