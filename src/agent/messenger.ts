/**
 * The two messages of a client, each with who speaks and whether the machine drains. Owns what the server was told of
 * that; bounded by one value.
 */
import type { Registration, Report } from "../engine/backend.ts";
import type { Clock } from "../ports.ts";
import type { Presence } from "../wire/presence.ts";
import { registerMessage } from "../wire/register_message.ts";
import type { Said } from "../wire/said.ts";
import { statsMessage } from "../wire/stats_message.ts";
import type { Enrolment } from "./enrolment.ts";
import type { Delivery, Message, ServerLink } from "./server_link.ts";

/** What a messenger is made of. */
export interface MessengerOptions {
  readonly link: ServerLink;
  /** Gets this client its credential; absent where it needs none. */
  readonly enrolment?: Pick<Enrolment, "ensure" | "isLost">;
  readonly clock: Clock;
  /** Of this process, for the server to tell it from another with the same id. */
  readonly instance: string;
  /** Whether the machine takes no new sessions. */
  readonly isDraining: () => boolean;
  /** Told how a message fared; absent where nobody counts them. */
  readonly onSent?: (
    message: "registration" | "report",
    result: "accepted" | "failed",
  ) => void;
  /** Told what the server says of this client. */
  readonly onSaid: (said: Said) => void;
}

/** Sends them. */
export class Messenger {
  readonly #options: MessengerOptions;
  #toldDraining: boolean | undefined;

  constructor(options: MessengerOptions) {
    this.#options = options;
  }

  /** Whether the server has another opinion of whether the machine drains, as far as it was told any. */
  get hasNews(): boolean {
    return this.#toldDraining !== undefined &&
      this.#toldDraining !== this.#options.isDraining();
  }

  /** Registers the machine, after it has enrolled where that is due. */
  async register(
    registration: Registration,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const obstacle = await this.#options.enrolment?.ensure(signal);
    if (obstacle !== undefined) return obstacle;
    const presence = this.#presence();
    return await this.#send(presence, {
      path: "/register",
      body: registerMessage(registration, presence),
      purpose: "register",
      unknown: "failure",
    }, signal);
  }

  /** Reports its use; whether it is news when the server doesn't know the machine is the caller's to say. */
  report(
    registration: Registration,
    report: Report,
    { purpose, unknown }: Pick<Message, "purpose" | "unknown">,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const presence = this.#presence();
    const atMs = this.#options.clock.wallMs();
    const body = statsMessage(registration, report, atMs, presence);
    const message = { path: "/stats", body, purpose, unknown };
    return this.#send(presence, message, signal);
  }

  async #send(
    { isDraining }: Presence,
    message: Message,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const { link, enrolment, onSaid, onSent } = this.#options;
    const delivery = await link.deliver(message, signal);
    if (delivery.kind !== "ended") {
      const result = delivery.kind === "accepted" ? "accepted" : "failed";
      onSent?.(message.path === "/stats" ? "report" : "registration", result);
    }
    if (delivery.kind === "accepted") {
      this.#toldDraining = isDraining;
      onSaid(delivery.said);
    }
    // Whoever is not known any more registers again, and enrols before it.
    if (delivery.kind === "failed" && enrolment?.isLost(delivery.code)) {
      return { kind: "unknown_client" };
    }
    return delivery;
  }

  #presence(): Presence {
    const { instance, isDraining } = this.#options;
    return { instance, isDraining: isDraining() };
  }
}
