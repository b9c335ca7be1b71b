/**
 * Tells an operator's own programs what happens: each event is posted to `events_url`, one after the other, tried again
 * while the receiver is away. Never in the way: what can't be delivered is counted and gives way.
 *
 * Owns the events that wait, {@link EVENTS_QUEUED_MAX} at most, and those that {@link Coalescer} holds back.
 */
import { backoffMs, type BackoffPolicy } from "../policy/backoff.ts";
import type {
  Clock,
  EventSink,
  EventType,
  Logger,
  Random,
  ServerEvent,
} from "../ports.ts";
import { Coalescer, type Passed } from "./coalescer.ts";
import {
  attempt,
  type Attempted,
  type Message,
  type WebhookTarget,
} from "./delivery.ts";
import { messageOf, type Outgoing, type Sender } from "./message.ts";
import { Outage } from "./outage.ts";

/** What a webhook is made of. */
export interface WebhookParts {
  /** Says in every message which server speaks. */
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Events that wait at most; a message has about 300 bytes, so they stay below a megabyte. The oldest gives way. */
export const EVENTS_QUEUED_MAX = 1000;
/**
 * Attempts for one event, about ten minutes with these waits: longer than a receiver takes to restart, and one event
 * that it never takes does not hold up the others for ever. In a longer outage one event is given up every ten minutes,
 * the others wait.
 */
export const EVENT_ATTEMPTS_MAX = 24;
/** Waits between attempts. */
const EVENTS_BACKOFF: BackoffPolicy = { firstMs: 1000, capMs: 60_000 };
/** Time for what is left when the server stops, milliseconds: nobody waits longer for its end because of a webhook. */
export const EVENTS_FLUSH_MS = 1000;

/** Posts events; forgets them for as long as there is no URL. */
export class Webhook implements EventSink, AsyncDisposable {
  readonly #parts: WebhookParts;
  // No connection is kept: fetch would send again on one that the receiver has closed meanwhile.
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  readonly #coalescer = new Coalescer();
  /** Events by their type since the start, those that nobody wanted to hear of too. */
  readonly counts: Map<EventType, number> = new Map();
  readonly #outage: Outage;
  readonly #cut = new AbortController();
  #target: WebhookTarget = { url: "", secret: "" };
  #queue: Outgoing[] = [];
  /** Events that never arrived, since the last that said so. */
  #lost = 0;
  #work: Promise<void> | undefined;
  #endPause: () => void = () => {};
  #heldTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosing = false;

  /** A webhook without a URL yet. */
  constructor(parts: WebhookParts) {
    this.#parts = parts;
    this.#outage = new Outage(parts.logger);
  }

  /** From now on posts to this URL, also what waits already; with an empty one that is forgotten. */
  configure(target: WebhookTarget): void {
    const { url, secret } = this.#target;
    if (target.url === url && target.secret === secret) return;
    this.#target = target;
    this.#outage.forget();
    if (target.url === "") {
      this.#coalescer.drain();
      this.#queue = [];
      this.#lost = 0;
    }
    this.#endPause();
  }

  emit(event: ServerEvent): void {
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
    if (this.#target.url === "" || this.#isClosing) return;
    const { clock } = this.#parts;
    const now = clock.monotonicMs();
    const passed = this.#coalescer.take(event, clock.wallMs(), now);
    if (passed !== undefined) this.#enqueue(passed);
    this.#passHeldLater(now);
  }

  /** Delivers what is left, within {@link EVENTS_FLUSH_MS}. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    clearTimeout(this.#heldTimer);
    for (const passed of this.#coalescer.drain()) this.#enqueue(passed);
    this.#isClosing = true;
    this.#endPause();
    const timer = setTimeout(() => this.#cut.abort(), EVENTS_FLUSH_MS);
    await this.#work;
    clearTimeout(timer);
    this.#client.close();
    const events = this.#queue.length;
    if (events > 0) {
      const message = "Events were not delivered before the end";
      this.#parts.logger.warn(message, { events });
    }
  }

  #passHeldLater(now: number): void {
    const { dueAt } = this.#coalescer;
    if (dueAt === undefined || this.#heldTimer !== undefined) return;
    this.#heldTimer = setTimeout(() => {
      this.#heldTimer = undefined;
      const now = this.#parts.clock.monotonicMs();
      for (const passed of this.#coalescer.due(now)) this.#enqueue(passed);
      this.#passHeldLater(now);
    }, Math.max(0, dueAt - now));
  }

  #enqueue(passed: Passed): void {
    if (this.#queue.length >= EVENTS_QUEUED_MAX) {
      this.#queue.shift();
      this.#lose();
    }
    this.#queue.push({ ...passed, id: crypto.randomUUID() });
    this.#work ??= this.#deliverAll();
  }

  #lose(): void {
    this.#lost++;
    this.#outage.say("losing", { waiting: this.#queue.length });
  }

  async #deliverAll(): Promise<void> {
    // Whoever told of the event goes on first.
    await Promise.resolve();
    while (!this.#cut.signal.aborted) {
      const event = this.#queue.shift();
      if (event === undefined) break;
      await this.#deliver(event);
    }
    this.#work = undefined;
  }

  async #deliver(event: Outgoing): Promise<void> {
    const dropped = this.#lost;
    const message = this.#written(event);
    if (message === undefined) return;
    let attempts = 0;
    while (this.#target.url !== "") {
      const target = this.#target;
      const attempted = await this.#attempt(target, message);
      // The rest of the URL may hold secrets.
      const receiver = new URL(target.url).host;
      if (attempted.kind === "delivered") {
        this.#lost = Math.max(0, this.#lost - dropped);
        return this.#outage.over(dropped);
      }
      const { reason } = attempted;
      switch (attempted.kind) {
        case "refused":
          this.#lost++;
          return this.#outage.say("refusing", { receiver, reason });
        case "failed":
          if (this.#isClosing) {
            // The others would fail alike.
            this.#queue.unshift(event);
            return this.#cut.abort();
          }
          if (this.#target !== target) {
            attempts = 0;
            break;
          }
          this.#outage.say("failing", { receiver, reason });
          if (++attempts >= EVENT_ATTEMPTS_MAX) return this.#lose();
          await this.#pause(attempts, attempted.waitMs);
      }
    }
  }

  #attempt(target: WebhookTarget, message: Message): Promise<Attempted> {
    return attempt(target, message, {
      client: this.#client,
      signal: this.#cut.signal,
      wallMs: this.#parts.clock.wallMs(),
    });
  }

  /** Undefined when its data is no JSON, which is a fault of whoever told of the event. */
  #written(event: Outgoing): Message | undefined {
    try {
      return messageOf(event, this.#parts.sender, this.#lost);
    } catch (error) {
      const { type } = event.event;
      this.#parts.logger.error("Cannot write an event", { type, error });
      this.#lost++;
      return undefined;
    }
  }

  #pause(attempts: number, waitMs: number): Promise<void> {
    const chance = this.#parts.random.next();
    const backoff = backoffMs(attempts, EVENTS_BACKOFF, chance);
    const pauseMs = Math.max(waitMs, backoff);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#endPause(), pauseMs);
      this.#endPause = () => {
        clearTimeout(timer);
        this.#endPause = () => {};
        resolve();
      };
    });
  }
}
