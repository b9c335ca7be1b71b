/**
 * Gets this client a credential of its own: trades the token for it before it registers, and again when the server does
 * not know it any more. Owns what it was refused for; bounded by a few values.
 *
 * What an operator took back is never had again by asking: a client whose credential was revoked says so and waits. One
 * that can't enrol goes on with `server_key`, else with the credential that it has, so that neither a token that is too
 * old nor a server that can't read its database for a while takes a fleet down.
 */
import type { SecretContent } from "../config/secret_file.ts";
import type { Clock, Logger } from "../ports.ts";
import type { Credential } from "./credential.ts";
import { isForPeople } from "./refusal.ts";
import type { Delivery, ServerLink } from "./server_link.ts";

/** Least time for which a credential is believed in, milliseconds: two servers under one name know two of them. */
const DOUBT_AFTER_MS = 60_000;

/** Lines about why it fails: there are a handful of reasons, and a file system has some more words for them. */
const SAID_MAX = 16;

/** What enrolment is made of. */
export interface EnrolmentOptions {
  readonly clientId: string;
  readonly credential: Credential;
  /** Reads the token; undefined where none is configured. */
  readonly readToken: (() => Promise<SecretContent>) | undefined;
  readonly link: ServerLink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Enrols a client. */
export class Enrolment {
  readonly #options: EnrolmentOptions;
  /** When the server last gave a credential, or was last found not to know it. */
  #turnedAt = -Infinity;
  /** A token that the server refused for good. */
  #refusedToken: string | undefined;
  /** What the log has since the last enrolment, each line once. */
  readonly #said = new Set<string>();

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /** Enrols where that is due; how it fared when the client must not go on to register. */
  async ensure(signal: AbortSignal): Promise<Delivery | undefined> {
    const { credential, readToken } = this.#options;
    if (credential.isInForce || readToken === undefined) return undefined;
    const token = await readToken();
    if (token.kind === "unusable") return this.#goOn(token.reason);
    const { secret } = token;
    if (secret === this.#refusedToken && credential.fallBack()) {
      return undefined;
    }
    const proposal = credential.proposal();
    return proposal.kind === "unusable"
      ? this.#goOn(proposal.reason)
      : await this.#enrol(secret, proposal.secret, signal);
  }

  /**
   * Takes note of a refusal; whether the client must register anew, because the server does not know its credential and
   * there is another way in.
   */
  isLost(code: string): boolean {
    const { credential, readToken, clock } = this.#options;
    const hasOtherWay = readToken !== undefined || credential.hasServerKey;
    if (code !== UNKNOWN_KEY || !credential.isInForce || !hasOtherWay) {
      return false;
    }
    const now = clock.monotonicMs();
    if (now - this.#turnedAt < DOUBT_AFTER_MS) return false;
    this.#turnedAt = now;
    this.#warnOnce("The server does not know this client's credential");
    credential.giveUp();
    return true;
  }

  async #enrol(
    token: string,
    proposal: string,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    const { clientId, credential, link, clock, logger } = this.#options;
    const delivery = await link.deliver({
      path: "/_opsen/enrol",
      body: { client_id: clientId, token, credential: proposal },
      purpose: "enrol",
      unknown: "failure",
    }, signal);
    switch (delivery.kind) {
      case "accepted":
        credential.accept();
        this.#turnedAt = clock.monotonicMs();
        this.#said.clear();
        logger.info(`Enrolled as "${clientId}", with a credential of its own`);
        return undefined;
      case "ended":
        return delivery;
      case "unknown_client":
        return credential.fallBack() ? undefined : delivery;
      case "failed":
        if (SPENT_TOKEN.has(delivery.code)) this.#refusedToken = token;
        return isForPeople(delivery.code) && credential.fallBack()
          ? undefined
          : delivery;
    }
  }

  #goOn(obstacle: string): undefined {
    this.#options.credential.fallBack();
    this.#warnOnce(`This client can't enrol. ${obstacle}`);
  }

  #warnOnce(obstacle: string): void {
    if (this.#said.has(obstacle) || this.#said.size === SAID_MAX) return;
    this.#said.add(obstacle);
    this.#options.logger.warn(obstacle);
  }
}

/** What the server says of a key that it never gave, or has lost. */
const UNKNOWN_KEY = "wrong_key";

/** Refusals of a token that will be good never again. */
const SPENT_TOKEN: ReadonlySet<string> = new Set([
  "wrong_enrol_token",
  "enrol_token_expired",
  "enrol_token_used_up",
  "enrol_token_revoked",
]);
